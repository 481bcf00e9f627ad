package intake

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const target = "acme https://acme.example.com"

// acme is a provider that documents no way to ask, until a test gives it one.
func acme(operations ...provider.Capability) provider.Adapter {
	adapter := provider.Adapter{
		Name: "acme", Vendor: "Acme", Key: "email",
		Table: schema.Table{
			{Name: "email", Format: schema.Email, Required: true},
			{Name: "name", Required: true},
			{Name: "password", Required: true, Secret: true, WriteOnly: true},
		},
	}
	for _, capability := range operations {
		adapter.Endpoints = append(adapter.Endpoints, provider.Endpoint{Capability: capability})
	}
	return adapter
}

// stage is an import of a roster, with the ledger behind it.
type stage struct {
	*Import
	t    testing.TB
	book ledger.Store
	lock ledger.Lock
	dir  string
}

func openBook(t testing.TB, dir string) (ledger.Store, ledger.Lock) {
	t.Helper()
	book, err := file.Open(t.Context(), dir)
	check(t, err)
	lock, err := book.Lock(t.Context(), target)
	check(t, err)
	t.Cleanup(func() { check(t, errors.Join(lock.Release(), book.Close())) })
	return book, lock
}

// newStage begins an import of a CSV file with an empty ledger.
func newStage(t testing.TB, adapter provider.Adapter, csv string) *stage {
	t.Helper()
	dir := t.TempDir()
	book, lock := openBook(t, dir)
	s := &stage{t: t, book: book, lock: lock, dir: dir}
	s.Import = s.another(adapter, csv)
	return s
}

// another begins an import of another file with the same ledger.
func (s *stage) another(adapter provider.Adapter, csv string) *Import {
	s.t.Helper()
	people, err := roster.Open(s.t.Context(), roster.Stream("people.csv", strings.NewReader(csv)), roster.Options{Table: adapter.Table, Later: []string{"password"}})
	check(s.t, err)
	plan, err := s.book.NewPlan(s.t.Context())
	check(s.t, err)
	s.t.Cleanup(func() { check(s.t, errors.Join(plan.Close(), people.Close())) })
	return &Import{Adapter: adapter, Roster: people, Plan: plan, Digest: DigestOf(s.book, target, adapter), Keys: KeysOf(s.book, target, adapter)}
}

// person is the digest of an address.
func (s *stage) person(email string) ledger.Digest { return s.Digest(schema.Record{"email": email}) }

// earlier records a run with these outcomes.
func (s *stage) earlier(outcomes ...ledger.Outcome) ledger.PastRun {
	s.t.Helper()
	run := s.begin()
	for _, outcome := range outcomes {
		check(s.t, run.Record(s.t.Context(), outcome))
	}
	check(s.t, run.Finish(s.t.Context(), ledger.Summary{}))
	return s.past(run)
}

func (s *stage) begin() ledger.Run {
	s.t.Helper()
	run, err := s.lock.Begin(s.t.Context(), ledger.RunInfo{Command: "import"})
	check(s.t, err)
	s.t.Cleanup(func() { check(s.t, run.Close()) })
	return run
}

func (s *stage) past(run ledger.Run) ledger.PastRun {
	s.t.Helper()
	past, err := s.book.Run(s.t.Context(), run.ID())
	check(s.t, err)
	return past
}

// read reads the roster and compares it with what is known.
func (s *stage) read() (*Reading, PlanCounts) {
	s.t.Helper()
	reading, err := s.Read(s.t.Context())
	check(s.t, err)
	return reading, s.resolve()
}

func (s *stage) resolve() PlanCounts {
	s.t.Helper()
	counts, err := s.Resolve(s.t.Context())
	check(s.t, err)
	return counts
}

func (s *stage) generatePasswords() {
	s.t.Helper()
	var err error
	s.Passwords, err = passwords.NewSource(passwords.DefaultPolicy())
	check(s.t, err)
}

// lines gives what became of each row.
func (s *stage) lines(run ledger.PastRun) []LedgerRow {
	s.t.Helper()
	var lines []LedgerRow
	for line, err := range s.Lines(s.t.Context(), run) {
		check(s.t, err)
		lines = append(lines, line)
	}
	return lines
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// maker creates users and remembers them.
type maker struct {
	mu   sync.Mutex
	made []schema.Record
	fail func(schema.Record) error // may be nil
}

func (m *maker) Create(_ context.Context, record schema.Record) (provider.User, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(record); err != nil {
			return provider.User{}, err
		}
	}
	m.made = append(m.made, record)
	return provider.User{ID: fmt.Sprintf("u%d", len(m.made)), Key: record.Text("email")}, nil
}

// finder can be asked about one user.
type finder struct {
	maker
	users []string
	asked []string
}

func (f *finder) Find(_ context.Context, key string) (provider.User, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, key)
	for _, user := range f.users {
		if strings.EqualFold(user, key) {
			return provider.User{ID: "found " + user, Key: user}, nil
		}
	}
	for i, record := range f.made {
		if strings.EqualFold(record.Text("email"), key) {
			return provider.User{ID: fmt.Sprintf("u%d", i+1), Key: key}, nil
		}
	}
	return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "look the user up", Absence: provider.AbsenceDocumented}
}

// lister lists its users, in so many requests.
type lister struct {
	finder
	requests int
	failure  error
}

func (l *lister) List(context.Context, map[string]string) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		for _, user := range l.users {
			if !yield(provider.User{ID: "listed " + user, Key: user}, nil) {
				return
			}
		}
		if l.failure != nil {
			yield(provider.User{}, l.failure)
		}
	}
}

func (l *lister) ListRequests(context.Context) (int, error) { return l.requests, nil }

// quick has a run wait for nothing.
func quick() engine.Options {
	return engine.Options{Sleep: func(context.Context, time.Duration) error { return nil }}
}
