package ledgertest

import (
	"errors"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

func testSettleConcernsThePerson(t *testing.T, fresh Fresh) {
	t.Parallel()
	for _, test := range []struct {
		as, other rowstate.State
		standing  ledger.Presence
	}{{rowstate.Created, rowstate.Existing, ledger.Exists}, {rowstate.Existing, rowstate.Existing, ledger.Exists}, {rowstate.NotCreated, rowstate.NotCreated, ledger.Doubtful}} {
		t.Run(string(test.as), func(t *testing.T) {
			t.Parallel()
			l := fresh.open(t)
			lock := Lock(t, l, "target")
			first, second := Begin(t, lock), Begin(t, lock)
			RecordAll(t, first, ledger.Outcome{Row: 1, Digest: Person(1), State: rowstate.Unknown}, ledger.Outcome{Row: 2, Digest: Person(2), State: rowstate.Unknown})
			RecordAll(t, second, ledger.Outcome{Row: 7, Digest: Person(1), State: rowstate.Unknown})
			if err := lock.Settle(t.Context(), Past(t, l, second.ID()), ledger.Settlement{Row: 7, State: test.as, UserID: "u1"}); err != nil {
				t.Fatal(err)
			}
			if got := states(t, l, second.ID()); got[7] != test.as {
				t.Errorf("the row is %s", got[7])
			}
			if got := states(t, l, first.ID()); got[1] != test.other || got[2] != rowstate.Unknown {
				t.Errorf("the rows of the other run are %v", got)
			}
			known, err := knownOf(t.Context(), l, Person(1))
			if err != nil || known[Person(1)].Standing != test.standing {
				t.Errorf("the person is %+v, %v", known[Person(1)], err)
			}
			if test.standing == ledger.Exists && known[Person(1)].UserID != "u1" {
				t.Errorf("the person has the id %q", known[Person(1)].UserID)
			}
		})
	}
}

// The findings of a later run settle the doubts of earlier runs.
func testOutcomeSettlesEarlierDoubts(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	first := Begin(t, lock)
	RecordAll(t, first, ledger.Outcome{Row: 1, Digest: Person(1), State: rowstate.Unknown}, ledger.Outcome{Row: 2, Digest: Person(2), State: rowstate.Unknown})
	second := Begin(t, lock)
	RecordAll(t, second, ledger.Outcome{Row: 1, Digest: Person(1), State: rowstate.Existing, UserID: "u1"}, ledger.Outcome{Row: 2, Digest: Person(2), State: rowstate.Failed})
	rows := All(t, l.Rows(t.Context(), Past(t, l, first.ID())))
	if rows[0].State != rowstate.Existing || rows[0].UserID != "u1" || rows[1].State != rowstate.Unknown {
		t.Errorf("the first run has %+v", rows)
	}
}

func testSettleRefuses(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock, wrong := Lock(t, l, "target"), Lock(t, l, "another target")
	run := Begin(t, lock)
	RecordAll(t, run, ledger.Outcome{Row: 1, State: rowstate.Created}, ledger.Outcome{Row: 2, State: rowstate.Unknown}, ledger.Outcome{Row: 4, State: rowstate.Failed})
	remembered := Past(t, l, run.ID())
	settle := func(lock ledger.Lock, row int, state rowstate.State) error {
		return lock.Settle(t.Context(), remembered, ledger.Settlement{Row: row, State: state})
	}
	for row, want := range map[int]rowstate.State{1: rowstate.Created, 3: "", 4: rowstate.Failed} {
		err := settle(lock, row, rowstate.NotCreated)
		if refused, ok := errors.AsType[*ledger.StateError](err); !ok || refused.State != want || refused.Run != run.ID() || refused.Row != row {
			t.Errorf("settling row %d gave %v", row, err)
		}
	}
	if settle(lock, 2, rowstate.Failed) == nil || settle(lock, 2, rowstate.Sent) == nil {
		t.Error("a state that settles nothing was taken")
	}
	if settle(wrong, 2, rowstate.NotCreated) == nil {
		t.Error("a lock on another target was taken")
	}
	if _, err := wrong.Forget(t.Context(), remembered); err == nil {
		t.Error("a lock on another target was taken")
	}
	if got := states(t, l, run.ID()); got[1] != rowstate.Created || got[2] != rowstate.Unknown || got[4] != rowstate.Failed || len(got) != 3 {
		t.Errorf("what was refused left %v", got)
	}
}

func testForget(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	first := Begin(t, lock)
	RecordAll(t, first,
		ledger.Outcome{Row: 1, Digest: Person(1), State: rowstate.Unknown}, ledger.Outcome{Row: 2, Digest: Person(2), State: rowstate.Created},
		ledger.Outcome{Row: 3, Digest: Person(3), State: rowstate.Created}, ledger.Outcome{Row: 4, State: rowstate.Created}, ledger.Outcome{Row: 5, State: rowstate.Failed})
	second := Begin(t, lock)
	RecordAll(t, second,
		ledger.Outcome{Row: 1, Digest: Person(1), State: rowstate.Created}, ledger.Outcome{Row: 2, Digest: Person(2), State: rowstate.Existing},
		ledger.Outcome{Row: 3, Digest: Person(2), State: rowstate.Existing})

	forget := func(run ledger.Run, rows ...int) (int, error) {
		return lock.Forget(t.Context(), Past(t, l, run.ID()), rows...)
	}
	if n, err := forget(first, 2, 5); n != 0 || !is[*ledger.StateError](err) {
		t.Errorf("forgetting a failed row gave %d, %v", n, err)
	}
	if got := states(t, l, first.ID()); got[2] != rowstate.Created {
		t.Errorf("a refused call left %v", got)
	}
	if n, err := forget(second, 2, 3); n != 2 || err != nil { // two rows of one person
		t.Errorf("got %d, %v", n, err)
	}
	if got := states(t, l, first.ID()); got[2] != rowstate.Forgotten || got[3] != rowstate.Created {
		t.Errorf("the first run has %v", got)
	}
	if n, err := forget(first); n != 2 || err != nil { // rows 3 and 4
		t.Errorf("got %d, %v", n, err)
	}
	if got := states(t, l, first.ID()); got[3] != rowstate.Forgotten || got[4] != rowstate.Forgotten || got[5] != rowstate.Failed {
		t.Errorf("the first run has %v", got)
	}
	if n, err := forget(second); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	known, err := knownOf(t.Context(), l, Person(1), Person(2), Person(3))
	if err != nil || len(known) != 0 {
		t.Errorf("after all was forgotten %v is known, %v", known, err)
	}
}

func testSettleAllAbsentKeepsToItsTarget(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock, other := Lock(t, l, "target"), Lock(t, l, "another target")
	run, kept := Begin(t, lock), Begin(t, other)
	RecordAll(t, run, ledger.Outcome{Row: 1, Digest: Person(1), State: rowstate.Unknown}, ledger.Outcome{Row: 2, State: rowstate.Unknown}, ledger.Outcome{Row: 3, State: rowstate.Failed})
	RecordAll(t, kept, ledger.Outcome{Row: 1, Digest: Person(9), State: rowstate.Unknown})
	if n, err := lock.SettleAllAbsent(t.Context()); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if got := states(t, l, run.ID()); got[1] != rowstate.NotCreated || got[2] != rowstate.NotCreated || got[3] != rowstate.Failed {
		t.Errorf("got %v", got)
	}
	if got := states(t, l, kept.ID()); got[1] != rowstate.Unknown {
		t.Errorf("the other target has %v", got)
	}
}
