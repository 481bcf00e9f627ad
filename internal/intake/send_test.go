package intake

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/passwords"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// carryOut sends all that the plan says, and gives the run and the outcomes by line.
func (s *stage) carryOut(client provider.Client, options engine.Options) (ledger.PastRun, map[int]rowstate.State, error) {
	s.t.Helper()
	run := s.begin()
	states := map[int]rowstate.State{}
	report := func(outcome engine.Result) {
		if _, twice := states[outcome.Line]; twice {
			s.t.Errorf("line %d has two outcomes", outcome.Line)
		}
		states[outcome.Line] = outcome.State
	}
	rows := recorder.Recorder{Run: run, Digest: s.Digest}
	err := s.RecordKnown(s.t.Context(), rows, options.Exists, report)
	if err == nil {
		options.Report = report
		err = s.Send(s.t.Context(), nil, client, rows, options)
	}
	check(s.t, run.Flush(s.t.Context()))
	return s.past(run), states, err
}

func TestEveryRowHasOneOutcome(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), header+`new@example.com,A
created@example.com,B
nobody,C
doubtful@example.com,D
refused@example.com,E
lost@example.com,F
new@example.com,repeated
`)
	s.SkipInvalid = true
	earlier := s.earlier(
		ledger.Outcome{Row: 1, Line: 2, Digest: s.person("created@example.com"), State: rowstate.Created, UserID: "1"},
		ledger.Outcome{Row: 2, Line: 3, Digest: s.person("doubtful@example.com"), State: rowstate.Unknown},
	)
	s.read()
	client := &maker{fail: func(record schema.Record) error {
		switch record.Text("email") {
		case "refused@example.com":
			return &provider.Error{Class: provider.Invalid, Op: "create the user", Status: 400, Detail: "refused@example.com is not welcome"}
		case "lost@example.com":
			return &provider.Error{Class: provider.Unknown, Op: "create the user", Status: 500}
		}
		return nil
	}}
	run, states, err := s.carryOut(client, quick())
	check(t, err)
	want := map[int]rowstate.State{
		2: rowstate.Created, 3: rowstate.Existing, 4: rowstate.Failed, 5: rowstate.Unknown, 6: rowstate.Failed, 7: rowstate.Unknown, 8: rowstate.Failed,
	}
	if !maps.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	if len(client.made) != 1 {
		t.Errorf("made %v", client.made)
	}

	var got []string
	for _, line := range s.lines(run) {
		got = append(got, fmt.Sprintf("%d %s %s id=%q class=%q %s (%s)", line.Line.Line, line.Key, line.State, line.ID, line.Class, line.Error, line.Hint))
	}
	settle := "check the provider's console, then run usher runs settle " + run.ID + " --line %d with --created or --absent"
	wantLines := []string{
		`2 new@example.com created id="u1" class=""  ()`,
		`3 created@example.com existing id="1" class=""  (created by run ` + earlier.ID + `)`,
		`4 nobody failed id="" class="invalid" email "nobody" is not an email address (for example name@example.com) (fix the row and import it again)`,
		`5 doubtful@example.com unknown id="" class="unknown" an earlier run sent this row but got no response (` + fmt.Sprintf(settle, 5) + `)`,
		`6 refused@example.com failed id="" class="invalid" could not create the user: the provider returned 400 Bad Request ("[email] is not welcome") (fix the row and import it again)`,
		`7 lost@example.com unknown id="" class="unknown" could not create the user: the provider returned 500 Internal Server Error (` + fmt.Sprintf(settle, 7) + `)`,
		`8 new@example.com failed id="" class="invalid" duplicate email: first on line 2 (remove one of the rows) (fix the row and import it again)`,
	}
	if !slices.Equal(got, wantLines) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(wantLines, "\n"))
	}
	for _, value := range []string{"@example.com", "nobody"} {
		if s.holds(value) {
			t.Errorf("the ledger holds %q", value)
		}
	}
}

func TestExistingMayFail(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), three)
	s.earlier(ledger.Outcome{Row: 1, Line: 2, Digest: s.person("grace@example.com"), State: rowstate.Created, UserID: "1"})
	s.read()
	options := quick()
	options.Exists = engine.FailExisting
	run, states, err := s.carryOut(&maker{}, options)
	check(t, err)
	if want := map[int]rowstate.State{2: rowstate.Created, 3: rowstate.Failed, 4: rowstate.Created}; !maps.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	if line := s.lines(run)[1]; line.ID != "1" || line.Class != "conflict" {
		t.Errorf("got %+v", line.Line)
	}
}

// The users of rows in doubt are looked up before any other row is sent.
func TestDoubtsComeFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(provider.CapabilityFind), three)
	s.earlier(
		ledger.Outcome{Row: 3, Line: 4, Digest: s.person("edsger@example.com"), State: rowstate.Unknown},
		ledger.Outcome{Row: 2, Line: 3, Digest: s.person("grace@example.com"), State: rowstate.Unknown},
	)
	s.read()
	client := &finder{users: []string{"edsger@example.com"}}
	client.fail = func(record schema.Record) error {
		if len(client.asked) < 2 {
			t.Errorf("%s was sent when %q were asked for", record.Text("email"), client.asked)
		}
		return nil
	}
	options := quick()
	options.Concurrency = 1
	run, states, err := s.carryOut(client, options)
	check(t, err)
	if want := map[int]rowstate.State{2: rowstate.Created, 3: rowstate.Created, 4: rowstate.Existing}; !maps.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	if len(client.made) != 2 {
		t.Errorf("made %v", client.made)
	}
	if line := s.lines(run)[2]; line.ID != "found edsger@example.com" {
		t.Errorf("got %+v", line.Line)
	}
}

// A row that the administrator has settled as absent is resent.
func TestTheWordOpensARowAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), three)
	run := s.earlier(ledger.Outcome{Row: 2, Line: 3, Digest: s.person("grace@example.com"), State: rowstate.Unknown})
	check(t, s.lock.Settle(t.Context(), run, ledger.Settlement{Row: 2, State: rowstate.NotCreated}))
	s.read()
	options := quick()
	client := &maker{}
	_, states, err := s.carryOut(client, options)
	check(t, err)
	if states[3] != rowstate.Created || len(client.made) != 3 {
		t.Errorf("got %v", states)
	}
}

// What a run broke off is unknown until it is settled; what it never reached was not tried.
func TestLinesOfABrokenRun(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(provider.CapabilityFind), header+"a@example.com,A\nb@example.com,B\nc@example.com,C\nd@example.com,D\ne@example.com,E\n")
	s.read()
	run := s.begin()
	check(t, run.Intend(t.Context(), ledger.Intent{Row: 1, Line: 2, Digest: s.person("a@example.com")}))
	for row := 2; row <= 4; row++ {
		state := rowstate.Unknown
		if row == 3 {
			state = rowstate.Created
		}
		check(t, run.Record(t.Context(), ledger.Outcome{Row: row, Line: row + 1, Digest: s.person(string(rune('a'+row-1)) + "@example.com"), State: state}))
	}
	check(t, run.Flush(t.Context()))
	past := s.past(run)
	check(t, s.lock.Settle(t.Context(), past, ledger.Settlement{Row: 2, State: rowstate.NotCreated}))
	if _, err := s.lock.Forget(t.Context(), past, 3); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range s.lines(past) {
		got = append(got, line.State+": "+line.Hint)
	}
	want := []string{
		"unknown: import it again; the user is looked up first",
		"failed: not created; import it again",
		"failed: not created; import it again",
		"unknown: import it again; the user is looked up first",
		"not_tried: import it again",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	s := newStage(t, acme(), "email,name,password\nada@example.com,Ada,\ngrace@example.com,Grace,her own\nedsger@example.com,Edsger,\nlost@example.com,Leslie,\nrefused@example.com,Tim,\n")
	s.generatePasswords()
	s.earlier(ledger.Outcome{Row: 3, Line: 4, Digest: s.person("edsger@example.com"), State: rowstate.Created})
	s.read()
	before := s.written(func(file *passwords.File) (int, error) { return s.WritePasswords(t.Context(), file) })
	client := &maker{fail: func(record schema.Record) error {
		switch record.Text("email") {
		case "lost@example.com":
			return &provider.Error{Class: provider.Unknown, Op: "create the user"}
		case "refused@example.com":
			return &provider.Error{Class: provider.Invalid, Op: "create the user"}
		}
		return nil
	}}
	run, _, err := s.carryOut(client, quick())
	check(t, err)
	after := s.written(func(file *passwords.File) (int, error) {
		return s.WritePasswordsInUse(t.Context(), file, run, rowstate.CommandOf(rowstate.CommandImport))
	})
	if got, want := slices.Sorted(maps.Keys(before)), []string{"ada@example.com", "lost@example.com", "refused@example.com"}; !slices.Equal(got, want) {
		t.Errorf("before: %q, want %q", got, want)
	}
	if got, want := slices.Sorted(maps.Keys(after)), []string{"ada@example.com", "lost@example.com"}; !slices.Equal(got, want) {
		t.Errorf("after: %q, want %q", got, want)
	}
	for _, record := range client.made {
		email, password := record.Text("email"), record.Text("password")
		if email == "grace@example.com" {
			if password != "her own" {
				t.Errorf("Grace was given %q", password)
			}
			continue
		}
		if password == "" || before[email] != password || after[email] != password {
			t.Errorf("%s was sent with %q; written were %q and %q", email, password, before[email], after[email])
		}
	}
	if s.holds(before["ada@example.com"]) {
		t.Error("the ledger holds a password")
	}
}

// written gives the passwords that are written to a file, by key.
func (s *stage) written(write func(*passwords.File) (int, error)) map[string]string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "passwords.csv")
	file, err := passwords.Create(path, "email", []string{"password"})
	check(s.t, err)
	n, err := write(file)
	check(s.t, errors.Join(err, file.Finish()))
	text, err := os.ReadFile(path)
	check(s.t, err)
	passwords := map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		passwords[cells[1]] = cells[2]
	}
	delete(passwords, "email")
	if len(passwords) != n {
		s.t.Errorf("%d passwords are written, and %d said to be", len(passwords), n)
	}
	return passwords
}

// Rows that fail for one cause have one text, whatever connection they used.
func TestMessagesHaveNoPort(t *testing.T) {
	t.Parallel()
	at := func(port int) error {
		return &provider.Error{Class: provider.Unknown, Op: "create the user", Err: fmt.Errorf("no answer came: %w", &net.OpError{
			Op: "read", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 443},
			Err: os.NewSyscallError("read", os.ErrDeadlineExceeded),
		})}
	}
	const want = "could not create the user: no answer came: read tcp 127.0.0.1:443: read: i/o timeout"
	for _, port := range []int{40001, 40002} {
		if got := (engine.Result{Err: at(port)}).Message(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A provider that tells users apart within an organization has them told apart here.
func TestDigestKnowsTheScope(t *testing.T) {
	t.Parallel()
	adapter := acme()
	adapter.Scope = "org"
	adapter.Table = append(adapter.Table, schema.Field{Name: "org", Kind: schema.Integer, In: schema.Path})
	s := newStage(t, acme(), three)
	digest := DigestOf(s.book, target, adapter)
	one := digest(schema.Record{"email": "ada@example.com", "org": int64(1)})
	two := digest(schema.Record{"email": "ada@example.com", "org": int64(2)})
	if one == two || one.IsZero() || one != digest(schema.Record{"email": "ADA@example.com", "org": int64(1)}) {
		t.Errorf("got %v and %v", one, two)
	}
}
