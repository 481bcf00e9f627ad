package ledgertest

import (
	"maps"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// A prune deletes only rows on which no decision depends.
func testPrune(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	begin := func(command string, outcomes ...ledger.Outcome) ledger.Run {
		run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: command, Rows: len(outcomes)})
		check(t, err)
		t.Cleanup(func() { _ = run.Close() })
		for i := range outcomes {
			outcomes[i].Row, outcomes[i].Line = i+1, i+2
		}
		RecordAll(t, run, outcomes...)
		return run
	}
	first := finishTest(t, l, begin("import",
		ledger.Outcome{Digest: Person(1), State: rowstate.Created, UserID: "u1"}, ledger.Outcome{Digest: Person(2), State: rowstate.Created, Form: Person(22)},
		ledger.Outcome{Digest: Person(3), State: rowstate.Failed}, ledger.Outcome{Digest: Person(4), State: rowstate.Existing},
		ledger.Outcome{State: rowstate.Created, UserID: "no user has the key"}, ledger.Outcome{Digest: Person(7), State: rowstate.Created}))
	second := finishTest(t, l, begin("import",
		ledger.Outcome{Digest: Person(1), State: rowstate.Existing, UserID: "u1"}, ledger.Outcome{Digest: Person(3), State: rowstate.Created, UserID: "u3"},
		ledger.Outcome{Digest: Person(4), State: rowstate.Existing, UserID: "u4"}, ledger.Outcome{Digest: Person(2), State: rowstate.Existing}))
	update := finishTest(t, l, begin(rowstate.CommandUpdate, ledger.Outcome{Digest: Person(1), State: rowstate.Updated}, ledger.Outcome{Digest: Person(2), State: rowstate.Unknown}))
	removal := finishTest(t, l, begin(rowstate.CommandDelete, ledger.Outcome{Digest: Person(7), State: rowstate.Unknown}, ledger.Outcome{Digest: Person(9), State: rowstate.Absent}))
	doubtful := finishTest(t, l, begin("import", ledger.Outcome{Digest: Person(6), State: rowstate.Unknown}, ledger.Outcome{Digest: Person(8), State: rowstate.Failed}))
	due := finishTest(t, l, begin("import", ledger.Outcome{Digest: Person(10), State: rowstate.Created, Due: true}))
	said := finishTest(t, l, begin("import", ledger.Outcome{Digest: Person(11), State: rowstate.Unknown}))
	check(t, lock.Settle(t.Context(), said, ledger.Settlement{Row: 1, State: rowstate.NotCreated}))
	crashed := begin("import", ledger.Outcome{Digest: Person(12), State: rowstate.Failed})
	check(t, crashed.Close())

	soon := time.Now().Add(time.Minute)
	for _, test := range []struct {
		which ledger.Prunable
		want  int
	}{{ledger.Prunable{Before: soon}, 4}, {ledger.Prunable{Before: soon, Keep: 5}, 3}, {ledger.Prunable{Before: soon, Keep: 8}, 0}, {ledger.Prunable{Before: first.Ended}, 0}} {
		if runs, err := l.Prunable(t.Context(), test.which); len(runs) != test.want || err != nil {
			t.Errorf("%+v selects %d runs, %v; want %d", test.which, len(runs), err, test.want)
		}
	}
	var everybody []ledger.Digest
	for n := 1; n <= 22; n++ {
		everybody = append(everybody, Person(n))
	}
	before, err := knownOf(t.Context(), l, everybody...)
	check(t, err)
	pruned, err := lock.Prune(t.Context(), first, second, update, removal, doubtful, due, said, Past(t, l, crashed.ID()))
	check(t, err)
	if want := (ledger.Pruned{Runs: 4, Deleted: 1, Rows: 7, Kept: 7}); pruned != want {
		t.Errorf("got %+v, want %+v", pruned, want)
	}
	if after, err := knownOf(t.Context(), l, everybody...); !maps.Equal(before, after) || err != nil {
		t.Errorf("known is %+v, %v; was %+v", after, err, before)
	}
	for id, want := range map[string]map[int]rowstate.State{
		first.ID: {1: rowstate.Created, 2: rowstate.Created, 5: rowstate.Created, 6: rowstate.Created}, second.ID: {2: rowstate.Created, 3: rowstate.Existing}, removal.ID: {1: rowstate.RemovalUnknown},
		doubtful.ID: {1: rowstate.Unknown, 2: rowstate.Failed}, due.ID: {1: rowstate.Created}, said.ID: {1: rowstate.NotCreated}, crashed.ID(): {1: rowstate.Failed},
	} {
		if got := states(t, l, id); !maps.Equal(got, want) {
			t.Errorf("run %s has %v, want %v", id, got, want)
		}
	}
	if _, err := l.Run(t.Context(), update.ID); !is[*ledger.RunError](err) {
		t.Errorf("a run of which nothing is left: %v", err)
	}
	listed := map[string]bool{}
	for _, run := range All(t, l.Runs(t.Context())) {
		listed[run.ID] = true
	}
	if !maps.Equal(listed, map[string]bool{doubtful.ID: true, due.ID: true, said.ID: true, crashed.ID(): true}) {
		t.Errorf("listed are %v", listed)
	}
	if run := Past(t, l, first.ID); run.Pruned.IsZero() || run.Rows != 4 {
		t.Errorf("got %+v", run)
	}
	for _, run := range []ledger.PastRun{first, second, removal, doubtful, due, said} {
		counted := map[rowstate.State]int{}
		for _, state := range states(t, l, run.ID) {
			counted[state]++
		}
		if counts, err := l.CountStates(t.Context(), run); !maps.Equal(counts, counted) || err != nil {
			t.Errorf("run %s counts %v, %v, and its rows are %v", run.ID, counts, err, counted)
		}
	}
	check(t, checkItself(t.Context(), l))

	// A user that an earlier delete may have deleted is forgotten if not found.
	finishTest(t, l, begin(rowstate.CommandDelete, ledger.Outcome{Digest: Person(7), State: rowstate.Absent}, ledger.Outcome{Digest: Person(1), State: rowstate.Absent}))
	known, err := knownOf(t.Context(), l, Person(7), Person(1))
	check(t, err)
	if known[Person(7)].Standing != ledger.New || known[Person(1)].Standing != ledger.Exists {
		t.Errorf("known is %+v", known)
	}
	if forgotten, err := lock.Forget(t.Context(), first); forgotten != 3 || err != nil {
		t.Errorf("forgot %d rows, %v", forgotten, err)
	}
	if other, err := l.Lock(t.Context(), "other"); err == nil {
		if _, err := other.Prune(t.Context(), second); err == nil {
			t.Error("a run was pruned under the lock of another target")
		}
		check(t, other.Release())
	}
}
