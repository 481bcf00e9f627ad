package ledgertest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// The result of an update is no evidence for a create: its rows show neither that a user exists nor that they may
// exist.
func testUpdatesAreNoEvidence(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandUpdate, BeforeFile: "/tmp/before.csv"})
	check(t, err)
	t.Cleanup(func() { _ = run.Close() })
	people := map[rowstate.State]ledger.Digest{}
	for i, state := range []rowstate.State{rowstate.Sent, rowstate.Updated, rowstate.Unchanged, rowstate.Unknown, rowstate.Failed} {
		people[state] = l.Digester().Digest("target", "", string(state))
		if state == rowstate.Sent {
			check(t, run.Intend(t.Context(), ledger.Intent{Row: i + 1, Line: i + 2, Digest: people[state], UserID: "u1"}))
			continue
		}
		RecordAll(t, run, ledger.Outcome{Row: i + 1, Line: i + 2, Digest: people[state], State: state})
	}
	var many []ledger.Intent // a list
	for row := 101; row < 120; row++ {
		state := rowstate.State(fmt.Sprint("intended in row ", row))
		people[state] = l.Digester().Digest("target", "", string(state))
		many = append(many, ledger.Intent{Row: row, Line: row + 1, Digest: people[state], UserID: fmt.Sprintf("u%d", row)})
	}
	check(t, run.Intend(t.Context(), many...))
	for state, digest := range people {
		if known, err := knownOf(t.Context(), l, digest); len(known) > 0 || err != nil {
			t.Errorf("%s counts as %v, %v", state, known, err)
		}
	}
	plan, err := l.NewPlan(t.Context())
	check(t, err)
	defer func() { check(t, plan.Close()) }()
	row := 0
	for _, digest := range people {
		row++
		check(t, plan.Add(t.Context(), ledger.RosterRow{Row: row, Line: row}, ledger.KeyDigests{Form: digest}))
	}
	if counts, err := plan.Resolve(t.Context(), FirstListed); counts.New != len(people) || err != nil {
		t.Errorf("a plan counts %+v, %v", counts, err)
	}
	if settled, err := lock.SettleAllAbsent(t.Context()); settled != 0 || err != nil {
		t.Errorf("%d rows were settled, %v", settled, err)
	}
	past, err := l.Run(t.Context(), run.ID())
	check(t, err)
	if past.BeforeFile != "/tmp/before.csv" || past.Command != rowstate.CommandUpdate {
		t.Errorf("got %+v", past.RunInfo)
	}
	for _, change := range []error{
		lock.Settle(t.Context(), past, ledger.Settlement{Row: 4, State: rowstate.Created}),
		func() error { _, err := lock.Forget(t.Context(), past, 2); return err }(),
	} {
		if !is[*ledger.StateError](change) {
			t.Errorf("got %v", change)
		}
	}
	states, err := l.CountStates(t.Context(), past)
	if err != nil || states[rowstate.Updated] != 1 || states[rowstate.Changing] != 1+len(many) || states[rowstate.ChangeUnknown] != 1 {
		t.Errorf("got %v, %v", states, err)
	}
	if causes, err := l.Causes(t.Context(), past, 10); len(causes) != 1 || causes[0].Rows != 2 || err != nil {
		t.Errorf("causes %+v, %v", causes, err)
	}
}

// The intent of a change is withdrawn as that of a create is.
func testWithdrawAChange(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run, err := Lock(t, l, "target").Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandUpdate})
	check(t, err)
	t.Cleanup(func() { _ = run.Close() })
	check(t, run.Intend(t.Context(), ledger.Intent{Row: 1, Line: 2}))
	check(t, run.Withdraw(t.Context(), 1))
	check(t, run.Intend(t.Context(), intentsOf(1, 20)...))
	for row := 1; row <= 20; row++ {
		check(t, run.Withdraw(t.Context(), row))
	}
	past, err := l.Run(t.Context(), run.ID())
	check(t, err)
	for row, err := range l.Rows(t.Context(), past) {
		t.Errorf("row %d is left, %v", row.Row, err)
	}
}

// A run may create, change and delete users: each row is evidence as in a run of that operation alone.
func testSeveralOperations(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	person := func(name string) ledger.Digest { return l.Digester().Digest("target", "", name) }
	run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandImport})
	check(t, err)
	names := map[string]ledger.Digest{}
	row := 0
	for _, operation := range []string{"", rowstate.CommandUpdate, rowstate.CommandDelete} {
		var few, many []ledger.Intent
		for n := range 20 {
			row++
			name := fmt.Sprintf("%s %d", operation, n)
			names[name] = person(name)
			intent := ledger.Intent{Row: row, Line: row + 1, Digest: names[name], Operation: operation}
			if n < 3 {
				few = append(few, intent)
			} else {
				many = append(many, intent)
			}
		}
		check(t, run.Intend(t.Context(), few...))
		check(t, run.Intend(t.Context(), many...))
		RecordAll(t, run, ledger.Outcome{Row: row, Line: row + 1, Digest: names[fmt.Sprintf("%s 19", operation)], State: rowstate.Unknown, Operation: operation})
	}
	check(t, run.Close())
	for name, digest := range names {
		known, err := knownOf(t.Context(), l, digest)
		if _, ok := known[digest]; ok != strings.HasPrefix(name, " ") || err != nil {
			t.Errorf("%q: known is %v, %v", name, ok, err)
		}
	}
	past, err := l.Run(t.Context(), run.ID())
	check(t, err)
	want := map[rowstate.State]int{
		rowstate.Sent: 19, rowstate.Unknown: 1, rowstate.Changing: 19, rowstate.ChangeUnknown: 1, rowstate.Removing: 19, rowstate.RemovalUnknown: 1,
	}
	if got, err := l.CountStates(t.Context(), past); !maps.Equal(got, want) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

// Users of the provider who are in no row are yielded in their order, except those with the id of a row's user, until
// the provider's answers are discarded.
func testExtras(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "u1"})
	check(t, run.Finish(t.Context(), ledger.Summary{}))
	plan, err := l.NewPlan(t.Context())
	check(t, err)
	defer func() { check(t, plan.Close()) }()
	check(t, plan.Add(t.Context(), ledger.RosterRow{Row: 1, Line: 2}, ledger.KeyDigests{Form: Person(1)}))
	const users = 2500 // more than a page
	for n := range users {
		check(t, plan.AddExtra(t.Context(), ledger.Extra{UserID: fmt.Sprintf("u%d", n), Key: fmt.Sprintf("k%d", n), User: []byte("{}"), Done: n == 7}))
	}
	_, err = plan.Resolve(t.Context(), FirstListed)
	check(t, err)
	seen, last := 0, 0
	for extra, err := range plan.Extras(t.Context()) {
		check(t, err)
		if extra.UserID == "u1" || extra.Number <= last || extra.Key != "k"+extra.UserID[1:] || extra.Done != (extra.UserID == "u7") {
			t.Fatalf("after %d: %+v", last, extra)
		}
		seen, last = seen+1, extra.Number
	}
	if seen != users-1 || last != users {
		t.Errorf("%d users, the last has the number %d", seen, last)
	}
	check(t, plan.Unask(t.Context()))
	for extra, err := range plan.Extras(t.Context()) {
		t.Fatalf("%+v is left, %v", extra, err)
	}
}

// Users of the store that a list does not have are yielded, but not those who have left by a later run, and not those of
// another target.
func testNotListed(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	run := Begin(t, lock)
	for n := range 5 {
		RecordAll(t, run, ledger.Outcome{Row: n + 1, Line: n + 2, Digest: Person(n), State: rowstate.Created, UserID: fmt.Sprintf("u%d", n)})
	}
	check(t, run.Finish(t.Context(), ledger.Summary{}))
	left := Begin(t, lock)
	RecordAll(t, left, ledger.Outcome{Row: 1, Line: 2, Digest: Person(3), State: rowstate.Deleted, UserID: "u3", Gone: true})
	check(t, left.Finish(t.Context(), ledger.Summary{}))
	plan, err := l.NewPlan(t.Context())
	check(t, err)
	defer func() { check(t, plan.Close()) }()
	check(t, plan.MarkExisting(t.Context(), ledger.KeyDigests{Form: Person(1)}, "u1"))
	check(t, plan.MarkExisting(t.Context(), ledger.KeyDigests{Form: Person(9)}, "u2")) // renamed
	_, err = plan.Resolve(t.Context(), FirstListed)
	check(t, err)
	for target, want := range map[string][]string{"target": {"u0", "u4"}, "elsewhere": nil} {
		var got []string
		for id, err := range plan.NotListed(t.Context(), target) {
			check(t, err)
			got = append(got, id)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("at %s: %v, want %v", target, got, want)
		}
	}
}

// One user has several rows of a run, each with its group, whether the intents were recorded together or alone.
func testMemberships(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run, err := Lock(t, l, "target").Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandJoin})
	check(t, err)
	t.Cleanup(func() { _ = run.Close() })
	person := l.Digester().Digest("target", "", "ada")
	intent := func(row int) ledger.Intent {
		return ledger.Intent{Row: row, Line: 2, Digest: person, UserID: "u1", Group: fmt.Sprint("group ", row)}
	}
	var many []ledger.Intent // a list
	for row := 11; row < 31; row++ {
		many = append(many, intent(row))
	}
	check(t, run.Intend(t.Context(), intent(1)))
	check(t, run.Intend(t.Context(), many...))
	RecordAll(t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: person, UserID: "u1", Group: "group 1", State: rowstate.Added},
		ledger.Outcome{Row: 2, Line: 2, Digest: person, UserID: "u1", Group: "group 2", State: rowstate.Unchanged},
		ledger.Outcome{Row: 11, Line: 2, Digest: person, UserID: "u1", Group: "group 11", State: rowstate.Removed})
	past, err := l.Run(t.Context(), run.ID())
	check(t, err)
	states := map[rowstate.State]int{}
	for row, err := range l.Rows(t.Context(), past) {
		states[row.State]++
		if want := fmt.Sprint("group ", row.Row); row.Group != want || row.UserID != "u1" || row.Digest != person || err != nil {
			t.Errorf("row %d is %+v, %v", row.Row, row.Outcome, err)
		}
	}
	if want := (map[rowstate.State]int{rowstate.Added: 1, rowstate.Unchanged: 1, rowstate.Removed: 1, rowstate.Changing: len(many) - 1}); !maps.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
	if known, err := knownOf(t.Context(), l, person); len(known) > 0 || err != nil {
		t.Errorf("a membership shows that the user exists: %v, %v", known, err)
	}
}
