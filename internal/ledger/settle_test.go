package ledger

import (
	"errors"
	"testing"
)

func TestSettleConcernsThePerson(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		as, other State
		standing  Standing
	}{{Created, Existing, Exists}, {Existing, Existing, Exists}, {Absent, Absent, New}} {
		t.Run(string(test.as), func(t *testing.T) {
			t.Parallel()
			l := openTest(t, t.TempDir())
			lock := lockTest(t, l, "target")
			first, second := beginTest(t, l, lock), beginTest(t, l, lock)
			recordTest(t, first, Outcome{Row: 1, Digest: person(1), State: Unknown}, Outcome{Row: 2, Digest: person(2), State: Unknown})
			recordTest(t, second, Outcome{Row: 7, Digest: person(1), State: Unknown})
			if err := l.Settle(t.Context(), lock, past(t, l, second.ID()), Settlement{Row: 7, State: test.as, UserID: "u1"}); err != nil {
				t.Fatal(err)
			}
			if got := states(t, l, second.ID()); got[7] != test.as {
				t.Errorf("the row is %s", got[7])
			}
			if got := states(t, l, first.ID()); got[1] != test.other || got[2] != Unknown {
				t.Errorf("the rows of the other run are %v", got)
			}
			known, err := l.Known(t.Context(), person(1))
			if err != nil || known[person(1)].Standing != test.standing {
				t.Errorf("the person is %+v, %v", known[person(1)], err)
			}
			if test.standing == Exists && known[person(1)].UserID != "u1" {
				t.Errorf("the person has the id %q", known[person(1)].UserID)
			}
		})
	}
}

// What a later run finds out settles what earlier runs left open.
func TestOutcomeSettlesEarlierDoubts(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	first := beginTest(t, l, lock)
	recordTest(t, first, Outcome{Row: 1, Digest: person(1), State: Unknown}, Outcome{Row: 2, Digest: person(2), State: Unknown})
	second := beginTest(t, l, lock)
	recordTest(t, second, Outcome{Row: 1, Digest: person(1), State: Existing, UserID: "u1"}, Outcome{Row: 2, Digest: person(2), State: Failed})
	rows := all(t, l.Rows(t.Context(), past(t, l, first.ID())))
	if rows[0].State != Existing || rows[0].UserID != "u1" || rows[1].State != Unknown {
		t.Errorf("the first run has %+v", rows)
	}
}

func TestSettleRefuses(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock, wrong := lockTest(t, l, "target"), lockTest(t, l, "another target")
	run := beginTest(t, l, lock)
	recordTest(t, run, Outcome{Row: 1, State: Created}, Outcome{Row: 2, State: Unknown}, Outcome{Row: 4, State: Failed})
	remembered := past(t, l, run.ID())
	settle := func(lock *Lock, row int, state State) error {
		return l.Settle(t.Context(), lock, remembered, Settlement{Row: row, State: state})
	}
	for row, want := range map[int]State{1: Created, 3: "", 4: Failed} {
		err := settle(lock, row, Absent)
		if refused, ok := errors.AsType[*RowError](err); !ok || refused.State != want || refused.Run != run.ID() || refused.Row != row {
			t.Errorf("settling row %d gave %v", row, err)
		}
	}
	if settle(lock, 2, Failed) == nil || settle(lock, 2, Sent) == nil {
		t.Error("a state that settles nothing was taken")
	}
	if settle(wrong, 2, Absent) == nil {
		t.Error("a lock on another target was taken")
	}
	if _, err := l.Forget(t.Context(), wrong, remembered); err == nil {
		t.Error("a lock on another target was taken")
	}
	if got := states(t, l, run.ID()); got[1] != Created || got[2] != Unknown || got[4] != Failed || len(got) != 3 {
		t.Errorf("what was refused left %v", got)
	}
}

func TestForget(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	first := beginTest(t, l, lock)
	recordTest(t, first,
		Outcome{Row: 1, Digest: person(1), State: Unknown}, Outcome{Row: 2, Digest: person(2), State: Created},
		Outcome{Row: 3, Digest: person(3), State: Created}, Outcome{Row: 4, State: Created}, Outcome{Row: 5, State: Failed})
	second := beginTest(t, l, lock)
	recordTest(t, second,
		Outcome{Row: 1, Digest: person(1), State: Created}, Outcome{Row: 2, Digest: person(2), State: Existing},
		Outcome{Row: 3, Digest: person(2), State: Existing})

	forget := func(run *Run, rows ...int) (int, error) {
		return l.Forget(t.Context(), lock, past(t, l, run.ID()), rows...)
	}
	if n, err := forget(first, 2, 5); n != 0 || !is[*RowError](err) {
		t.Errorf("forgetting a failed row gave %d, %v", n, err)
	}
	if got := states(t, l, first.ID()); got[2] != Created {
		t.Errorf("a refused call left %v", got)
	}
	if n, err := forget(second, 2, 3); n != 2 || err != nil { // two rows of one person
		t.Errorf("got %d, %v", n, err)
	}
	if got := states(t, l, first.ID()); got[2] != Forgotten || got[3] != Created {
		t.Errorf("the first run has %v", got)
	}
	if n, err := forget(first); n != 2 || err != nil { // rows 3 and 4
		t.Errorf("got %d, %v", n, err)
	}
	if got := states(t, l, first.ID()); got[3] != Forgotten || got[4] != Forgotten || got[5] != Failed {
		t.Errorf("the first run has %v", got)
	}
	if n, err := forget(second); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	known, err := l.Known(t.Context(), person(1), person(2), person(3))
	if err != nil || len(known) != 0 {
		t.Errorf("after all was forgotten %v is known, %v", known, err)
	}
}

func TestSettleAllAbsentKeepsToItsTarget(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock, other := lockTest(t, l, "target"), lockTest(t, l, "another target")
	run, kept := beginTest(t, l, lock), beginTest(t, l, other)
	recordTest(t, run, Outcome{Row: 1, Digest: person(1), State: Unknown}, Outcome{Row: 2, State: Unknown}, Outcome{Row: 3, State: Failed})
	recordTest(t, kept, Outcome{Row: 1, Digest: person(9), State: Unknown})
	if n, err := l.SettleAllAbsent(t.Context(), lock); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if got := states(t, l, run.ID()); got[1] != Absent || got[2] != Absent || got[3] != Failed {
		t.Errorf("got %v", got)
	}
	if got := states(t, l, kept.ID()); got[1] != Unknown {
		t.Errorf("the other target has %v", got)
	}
}
