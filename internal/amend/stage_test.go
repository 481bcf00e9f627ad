package amend

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const target = "acme https://acme.example.com"

// acme documents everything that an update needs.
func acme() provider.Adapter {
	return provider.Adapter{
		Name: "acme", Vendor: "Acme", Key: "email",
		Table: schema.Table{
			{Name: "email", Format: schema.Email, Required: true, Immutable: true},
			{Name: "id", Immutable: true},
			{Name: "name", Required: true},
			{Name: "phone"},
			{Name: "level", Kind: schema.Integer},
			{Name: "tags", Kind: schema.Strings},
			{Name: "address.city"},
			{Name: "groups", Kind: schema.Objects, Parts: []schema.Field{{Name: "group", Required: true}, {Name: "role"}}},
			{Name: "password", Secret: true, WriteOnly: true},
		},
	}
}

// stage is a comparison of a roster with a directory, with a ledger behind it.
type stage struct {
	*Comparison
	t    testing.TB
	book ledger.Store
	lock ledger.Lock
}

func newStage(t testing.TB, name, text string) *stage {
	t.Helper()
	book, err := file.Open(t.Context(), t.TempDir())
	check(t, err)
	lock, err := book.Lock(t.Context(), target)
	check(t, err)
	t.Cleanup(func() { check(t, errors.Join(lock.Release(), book.Close())) })
	s := &stage{t: t, book: book, lock: lock}
	s.open(name, text)
	return s
}

// open takes up another roster.
func (s *stage) open(name, text string) {
	s.t.Helper()
	adapter := acme()
	people, err := roster.Open(s.t.Context(), roster.Stream(name, strings.NewReader(text)), roster.Options{Table: RosterTable(adapter), Empties: true})
	check(s.t, err)
	plan, err := s.book.NewPlan(s.t.Context())
	check(s.t, err)
	s.t.Cleanup(func() { check(s.t, errors.Join(plan.Close(), people.Close())) })
	s.Comparison = &Comparison{Import: &intake.Import{
		Adapter: adapter, Roster: people, Plan: plan, Digest: intake.DigestOf(s.book, target, adapter), Keys: intake.KeysOf(s.book, target, adapter), SkipInvalid: true,
	}}
	_, err = s.Read(s.t.Context())
	check(s.t, err)
}

// verdicts gives what is known of each row, by line.
func (s *stage) verdicts() map[int]RowDiff {
	s.t.Helper()
	verdicts := map[int]RowDiff{}
	for v, err := range s.RowDiffs(s.t.Context()) {
		check(s.t, err)
		verdicts[v.Line] = v
	}
	return verdicts
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// directory is a provider's users by the folded key. It is asked by look-ups;
// a listing gives the whole of it.
type directory struct {
	mu      sync.Mutex
	users   map[string]schema.Record
	lookUps int
	sent    map[string]int // changes that arrived, by id
	trouble func(id string, n int) (before, after error)
	cannot  func(key string) error
}

type listing struct{ *directory }

func newDirectory(users ...schema.Record) *directory {
	d := &directory{users: map[string]schema.Record{}, sent: map[string]int{}}
	for _, user := range users {
		d.users[schema.KeyForm(user.Text("email"))] = user
	}
	return d
}

func (d *directory) Create(context.Context, schema.Record) (provider.User, error) {
	panic("an update creates nobody")
}

// user describes a user: the id is the key between angle brackets.
func (d *directory) user(record schema.Record) provider.User {
	object, err := acme().Table.Encode(record)
	if err != nil {
		panic(err)
	}
	return provider.User{ID: "<" + schema.KeyForm(record.Text("email")) + ">", Key: record.Text("email"), Attributes: json.RawMessage(object)}
}

func (d *directory) Find(_ context.Context, key string) (provider.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lookUps++
	if d.cannot != nil {
		if err := d.cannot(key); err != nil {
			return provider.User{}, err
		}
	}
	record, ok := d.users[schema.KeyForm(key)]
	if !ok {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "look the user up", Absence: provider.AbsenceDocumented}
	}
	return d.user(record), nil
}

// Update makes a change, with trouble before or after it.
func (d *directory) Update(_ context.Context, id string, changes schema.Record) (provider.User, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var before, after error
	d.sent[id]++
	if d.trouble != nil {
		before, after = d.trouble(id, d.sent[id])
	}
	if before != nil {
		return provider.User{}, before
	}
	key := strings.Trim(id, "<>")
	record, ok := d.users[key]
	if !ok {
		return provider.User{}, &provider.Error{Class: provider.NotFound, Op: "update the user"}
	}
	d.users[key] = record.With(changes)
	return d.user(d.users[key]), after
}

func (l listing) List(context.Context, map[string]string) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(l.users)) {
			if !yield(l.user(l.users[key]), nil) {
				return
			}
		}
	}
}

func (l listing) ListRequests(context.Context) (int, error) { return 1, nil }

// state is a directory in a form that can be compared: an absent value and an
// empty one are the same.
func (d *directory) state() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	state := map[string]string{}
	for key, record := range d.users {
		var texts []string
		for _, f := range acme().Table {
			texts = append(texts, cmp.Or(fmt.Sprintf("%s=%q", f.Name, f.Texts(record[f.Name])), ""))
		}
		state[key] = strings.ReplaceAll(strings.Join(texts, " "), `[""]`, "[]")
	}
	return state
}

// quick has a run wait for nothing.
func quick() engine.Options {
	return engine.Options{Concurrency: 4, Sleep: func(context.Context, time.Duration) error { return nil }}
}
