package amend

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const leavers = `email,name
ADA@example.com,
grace@example.com,
edsger@example.com,
nobody@example.com,
not an address,
grace@example.com,
`

// exits is a directory whose users can be removed. It reads no user by the id.
type exits struct {
	*directory
	removing func(id string, n int) (before, after error)
}

// remove takes a user out, with trouble before or after it.
func (e exits) remove(id string, take func(key string)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sent[id]++
	var before, after error
	if e.removing != nil {
		before, after = e.removing(id, e.sent[id])
	}
	if before != nil {
		return before
	}
	key := id[1 : len(id)-1]
	if _, ok := e.users[key]; !ok {
		return &provider.Error{Class: provider.NotFound, Op: "remove the user", Status: 404}
	}
	take(key)
	return after
}

func (e exits) Delete(_ context.Context, id string) error {
	return e.remove(id, func(key string) { delete(e.users, key) })
}

func (e exits) Deactivate(_ context.Context, id string) (provider.User, error) {
	var user provider.User
	err := e.remove(id, func(key string) {
		e.users[key] = e.users[key].With(schema.Record{"phone": "none"})
		user = e.user(e.users[key])
	})
	return user, err
}

// register is exits that reads users by the id as well.
type register struct{ exits }

func (r register) Get(ctx context.Context, id string) (provider.User, error) {
	return r.Find(ctx, id[1:len(id)-1])
}

// acting is a stage with an action in progress.
type acting struct {
	*stage
	*Action
	counts  map[rowstate.State]int
	texts   []string
	workers int
}

func newActing(t *testing.T, client provider.Client, verb ops.Verb) *acting {
	t.Helper()
	r := &acting{stage: newStage(t, "leavers.csv", leavers), counts: map[rowstate.State]int{}}
	r.stage.Adapter.Lifecycle = provider.Lifecycle{State: []string{"phone"}, Inactive: "none"}
	r.Action = r.Comparison.Action(verb)
	check(t, r.Ask(t.Context(), client, intake.ByLookUp, quick(), func() {}))
	check(t, r.Confirm(t.Context(), client, quick(), func(int, time.Duration) {}))
	return r
}

// send carries the action out, and gives the run as it is remembered.
func (r *acting) send(client provider.Client, command string) ledger.PastRun {
	r.t.Helper()
	run, err := r.lock.Begin(r.t.Context(), ledger.RunInfo{Command: command})
	check(r.t, err)
	report := func(o engine.Result) {
		r.counts[o.State]++
		if o.Err != nil {
			r.texts = append(r.texts, o.Message())
		}
	}
	check(r.t, r.RecordKnown(r.t.Context(), run, report))
	options := quick()
	options.Report, options.Grace, options.Concurrency = report, time.Nanosecond, cmp.Or(r.workers, options.Concurrency)
	check(r.t, r.Send(r.t.Context(), nil, client, run, options))
	check(r.t, run.Finish(r.t.Context(), ledger.Summary{}))
	past, err := r.book.Run(r.t.Context(), run.ID())
	check(r.t, err)
	return past
}

func lost(after bool) func(string, int) (error, error) {
	return func(_ string, n int) (before, afterwards error) {
		err := &provider.Error{Class: provider.Unknown, Op: "remove the user"}
		switch {
		case n > 1:
			return nil, nil
		case after:
			return nil, err
		default:
			return err, nil
		}
	}
}

// Whether the answer is lost before or after the user is gone, and whether the
// provider reads users by the id or by the key: in the end they are gone.
func TestDelete(t *testing.T) {
	t.Parallel()
	for _, byID := range []bool{true, false} {
		for name, trouble := range map[string]func(string, int) (error, error){"none": nil, "lost before": lost(false), "lost after": lost(true)} {
			t.Run(fmt.Sprintf("%s, by id %v", name, byID), func(t *testing.T) {
				t.Parallel()
				e := exits{people(), trouble}
				var client provider.Client = e
				if byID {
					client = register{e}
				}
				r := newActing(t, client, ops.Delete())
				past := r.send(client, rowstate.CommandDelete)
				if r.counts[rowstate.Deleted] != 3 || r.counts[rowstate.Absent] != 1 || r.counts[rowstate.Failed] != 2 {
					t.Errorf("got %v, %q", r.counts, r.texts)
				}
				for _, key := range []string{"ada@example.com", "grace@example.com", "edsger@example.com"} {
					if _, there := e.users[key]; there {
						t.Errorf("%s is still there", key)
					}
				}
				if len(e.users) != 3 {
					t.Errorf("%d users are left", len(e.users))
				}
				want := map[int]string{2: "deleted", 3: "deleted", 4: "deleted", 5: "absent", 6: "failed", 7: "failed"}
				lines := 0
				for line, err := range r.ActionLines(t.Context(), past, ops.Delete()) {
					check(t, err)
					if lines++; line.State != want[line.Line.Line] || (line.State == "failed") == (line.Hint == "") {
						t.Errorf("line %d is %+v", line.Line.Line, line.Line)
					}
				}
				if lines != len(want) {
					t.Errorf("%d lines", lines)
				}
			})
		}
	}
}

// Who goes away between the look-up and the delete was not deleted by us.
func TestSomebodyElseWasFaster(t *testing.T) {
	t.Parallel()
	e := exits{directory: people()}
	r := newActing(t, e, ops.Delete())
	delete(e.users, "ada@example.com")
	r.send(e, rowstate.CommandDelete)
	if r.counts[rowstate.Deleted] != 2 || r.counts[rowstate.Absent] != 2 {
		t.Errorf("got %v", r.counts)
	}
}

// An answer that stays lost where nothing tells what became of the user is unknown.
func TestNobodyTells(t *testing.T) {
	t.Parallel()
	d := people()
	e := exits{d, func(string, int) (error, error) {
		return &provider.Error{Class: provider.Unknown, Op: "delete the user"}, nil
	}}
	r := newActing(t, e, ops.Delete())
	d.cannot = func(string) error { return &provider.Error{Class: provider.Unsent, Op: "look the user up"} }
	past := r.send(e, rowstate.CommandDelete)
	states, err := r.book.CountStates(t.Context(), past)
	check(t, err)
	if r.counts[rowstate.Unknown] != 3 || states[rowstate.RemovalUnknown] != 3 {
		t.Errorf("got %v, %v", r.counts, states)
	}
}

func TestDeactivate(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(string, int) (error, error){"none": nil, "lost before": lost(false), "lost after": lost(true)} {
		e := register{exits{people(), trouble}}
		e.users["grace@example.com"] = e.users["grace@example.com"].With(schema.Record{"phone": "none"})
		r := newActing(t, e, ops.Deactivate())
		past := r.send(e, rowstate.CommandDeactivate)
		if r.counts[rowstate.Deactivated] != 2 || r.counts[rowstate.Unchanged] != 1 || r.counts[rowstate.Failed] != 3 || e.sent["<grace@example.com>"] > 0 {
			t.Errorf("%s: got %v, %q", name, r.counts, r.texts)
		}
		for line, err := range r.ActionLines(t.Context(), past, ops.Deactivate()) {
			check(t, err)
			if line.Line.Line == 5 && line.Class != "not found" {
				t.Errorf("line 5 is %+v", line.Line)
			}
		}
	}
}

// stubborn affirms every deactivation, and returns the user as before.
type stubborn struct{ register }

func (s stubborn) Deactivate(ctx context.Context, id string) (provider.User, error) {
	user, err := s.register.Deactivate(ctx, id)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		key := id[1 : len(id)-1]
		s.users[key] = s.users[key].With(schema.Record{"phone": "1"})
		user = s.user(s.users[key])
	}
	return user, err
}

// late affirms a deactivation with the user as before, and performs it.
type late struct{ register }

func (l late) Deactivate(ctx context.Context, id string) (provider.User, error) {
	user, err := l.register.Deactivate(ctx, id)
	user.Attributes = json.RawMessage(`{"phone": "1"}`)
	return user, err
}

// A deactivation that is affirmed with the user as before is none, unless the user is found deactivated later.
func TestAffirmedWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		client      func(register) provider.Client
		deactivated int
	}{
		{"never", func(r register) provider.Client { return stubborn{r} }, 0},
		{"late", func(r register) provider.Client { return late{r} }, 3},
	} {
		e := register{exits{people(), nil}}
		for key := range e.users {
			e.users[key] = e.users[key].With(schema.Record{"phone": "1"})
		}
		client := test.client(e)
		r := newActing(t, client, ops.Deactivate())
		r.send(client, rowstate.CommandDeactivate)
		if r.counts[rowstate.Deactivated] != test.deactivated || r.counts[rowstate.Failed] != 6-test.deactivated {
			t.Errorf("%s: got %v, %q", test.name, r.counts, r.texts)
		}
	}
}

// A refusal tells nothing of the person in the ledger.
func TestRefusedDelete(t *testing.T) {
	t.Parallel()
	e := register{exits{people(), func(id string, _ int) (error, error) {
		if id == "<ada@example.com>" { // or the run would stop at the first refusal
			return nil, nil
		}
		return &provider.Error{Class: provider.Denied, Op: "delete the user", Status: 403, Err: fmt.Errorf("%q", strings.Trim(id, "<>")+" owns the tenant")}, nil
	}}}
	r := newActing(t, e, ops.Delete())
	r.workers = 1
	r.send(e, rowstate.CommandDelete)
	for _, text := range r.texts {
		if text == "" || strings.Contains(text, "@") {
			t.Errorf("%q", text)
		}
	}
	if r.counts[rowstate.Failed] != 4 || r.counts[rowstate.Deleted] != 1 {
		t.Errorf("got %v, %q", r.counts, r.texts)
	}
}

// Only users that the run created are undone, and those who changed are left out.
func TestUndo(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{false, true} {
		e := register{exits{directory: people()}}
		s := newStage(t, "leavers.csv", leavers)
		run, err := s.lock.Begin(t.Context(), ledger.RunInfo{Command: "import"})
		check(t, err)
		for i, row := range []struct {
			key   string
			state rowstate.State
			id    string
		}{
			{"ada@example.com", rowstate.Created, "<ada@example.com>"}, {"grace@example.com", rowstate.Created, "<grace@example.com>"},
			{"edsger@example.com", rowstate.Existing, "<edsger@example.com>"}, {"gone@example.com", rowstate.Created, "<gone@example.com>"},
			{"linus@example.com", rowstate.Created, ""}, {"", rowstate.Created, "<barbara@example.com>"},
		} {
			check(t, run.Record(t.Context(), ledger.Outcome{Row: i + 1, Line: i + 2, Digest: s.book.Digester().Digest(target, "", row.key), State: row.state, UserID: row.id}))
		}
		check(t, run.Finish(t.Context(), ledger.Summary{}))
		past, err := s.book.Run(t.Context(), run.ID())
		check(t, err)
		plan, err := s.book.NewPlan(t.Context())
		check(t, err)

		adapter := acme()
		adapter.Lifecycle = provider.Lifecycle{Created: []string{"made"}, Modified: []string{"seen"}}
		u := &Undo{Adapter: adapter, Book: s.book, Run: past, Plan: plan, Changed: all}
		check(t, u.Ask(t.Context(), dated{e}, quick(), func() {}, func(int, time.Duration) {}))
		undoing, err := s.lock.Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandUndo, UndoOf: &past})
		check(t, err)
		r := &acting{stage: s, Action: u.Action(), counts: map[rowstate.State]int{}}
		report := func(o engine.Result) { r.counts[o.State]++ }
		check(t, r.RecordKnown(t.Context(), undoing, report))
		options := quick()
		options.Report = report
		check(t, r.Send(t.Context(), nil, dated{e}, undoing, options))
		check(t, undoing.Finish(t.Context(), ledger.Summary{}))

		deleted, left := 2, 4 // ada and barbara; grace was changed
		if all {
			deleted, left = 3, 3
		}
		if r.counts[rowstate.Deleted] != deleted || r.counts[rowstate.Absent] != 1 || r.counts[rowstate.Failed] != 1 || len(e.users) != left {
			t.Errorf("changed ones too %v: got %v, %d left", all, r.counts, len(e.users))
		}
		states, err := s.book.CountStates(t.Context(), past)
		check(t, err)
		if states[rowstate.Forgotten] != deleted+1 || states[rowstate.Existing] != 1 {
			t.Errorf("changed ones too %v: the rows are %v", all, states)
		}
		undone, err := s.book.Run(t.Context(), undoing.ID())
		check(t, err)
		statuses := map[int]string{}
		for line, err := range u.Lines(t.Context(), s.book, undone) {
			check(t, err)
			statuses[line.Line.Line] = line.State
		}
		want := map[int]string{2: "deleted", 3: "not_tried", 5: "absent", 6: "failed", 7: "deleted"}
		if all {
			want[3] = "deleted"
		}
		if fmt.Sprint(statuses) != fmt.Sprint(want) {
			t.Errorf("changed ones too %v: the lines are %v, want %v", all, statuses, want)
		}
		check(t, plan.Close())
	}
}

// dated is a register that tells when users were made and changed: grace later
// than she was made.
type dated struct{ register }

func (d dated) Get(ctx context.Context, id string) (provider.User, error) {
	user, err := d.register.Get(ctx, id)
	if err != nil {
		return user, err
	}
	seen := "2026-01-01T00:00:00Z"
	if user.Key == "grace@example.com" {
		seen = "2026-01-02T00:00:00Z"
	}
	user.Attributes, err = json.Marshal(map[string]string{"email": user.Key, "made": "2026-01-01T00:00:00Z", "seen": seen})
	return user, err
}
