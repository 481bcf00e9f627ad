package ledgertest

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Data longer than a page is complete and in order.
func testReadingManyPages(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	const size = 2010
	run := Begin(t, lock)
	for row := 1; row <= size; row++ {
		state := rowstate.Unknown
		if row%2 == 0 {
			state = rowstate.Failed
		}
		if err := run.Record(t.Context(), ledger.Outcome{Row: row, Line: row / 2, Digest: Person(row), State: state}); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Finish(t.Context(), ledger.Summary{}); err != nil {
		t.Fatal(err)
	}
	remembered := Past(t, l, run.ID())
	for name, test := range map[string]struct {
		rows        []ledger.Entry
		first, step int
	}{
		"all":     {All(t, l.Rows(t.Context(), remembered)), 1, 1},
		"unknown": {All(t, l.Rows(t.Context(), remembered, rowstate.Unknown)), 1, 2},
		"failed":  {All(t, l.Rows(t.Context(), remembered, rowstate.Failed)), 2, 2},
		"either":  {All(t, l.Rows(t.Context(), remembered, rowstate.Failed, rowstate.Unknown)), 1, 1},
	} {
		want := test.first
		for _, row := range test.rows {
			if row.Row != want {
				t.Fatalf("%s: got row %d, want %d", name, row.Row, want)
			}
			want += test.step
		}
		if want <= size {
			t.Errorf("%s: the rows end before %d", name, want)
		}
	}
	at, err := l.RowsAt(t.Context(), remembered, 7)
	if err != nil || len(at) != 2 || at[0].Row != 14 || at[1].Row != 15 {
		t.Errorf("on line 7 are %v, %v", at, err)
	}
	for _, err := range l.Rows(t.Context(), remembered) {
		check(t, err)
		break // a reader may stop
	}
}

// A run has the users of its rows, and no other.
func testHasUser(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "u1"},
		ledger.Outcome{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Failed, Class: "invalid"},
	)
	check(t, run.Intend(t.Context(), ledger.Intent{Row: 3, Line: 4, Digest: Person(3)}))
	past := Past(t, l, run.ID())
	for n, want := range map[int]bool{1: true, 2: true, 3: true, 4: false} {
		if has, err := l.HasUser(t.Context(), past, Person(n)); has != want || err != nil {
			t.Errorf("the user %d: %t, %v", n, has, err)
		}
	}
	if has, err := l.HasUser(t.Context(), past, Person(4), Person(2)); !has || err != nil {
		t.Errorf("one of two: %t, %v", has, err)
	}
}

func testCountsAndCauses(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(t, run,
		ledger.Outcome{Row: 1, Line: 2, State: rowstate.Created},
		ledger.Outcome{Row: 2, Line: 3, State: rowstate.Failed, Class: "invalid", Message: "no such role"},
		ledger.Outcome{Row: 3, Line: 4, State: rowstate.Failed, Class: "busy", Message: "come back later"},
		ledger.Outcome{Row: 4, Line: 5, State: rowstate.Failed, Class: "busy", Message: "come back later"},
		ledger.Outcome{Row: 5, Line: 6, State: rowstate.Unknown, Class: "unknown", Message: "the answer was lost"},
		ledger.Outcome{Row: 6, Line: 7, State: rowstate.Existing, Class: "conflict", Message: "is there"},
	)
	remembered := Past(t, l, run.ID())
	counts, err := l.CountStates(t.Context(), remembered)
	if err != nil || counts[rowstate.Created] != 1 || counts[rowstate.Existing] != 1 || counts[rowstate.Failed] != 3 || counts[rowstate.Unknown] != 1 || len(counts) != 4 {
		t.Errorf("got %v, %v", counts, err)
	}
	want := []ledger.Cause{
		{Class: "busy", Message: "come back later", Rows: 2, Line: 4},
		{Class: "invalid", Message: "no such role", Rows: 1, Line: 3},
		{Class: "unknown", Message: "the answer was lost", Rows: 1, Line: 6},
	}
	for limit := 1; limit <= 4; limit++ {
		got, err := l.Causes(t.Context(), remembered, limit)
		if err != nil || !slices.Equal(got, want[:min(limit, len(want))]) {
			t.Errorf("the first %d causes are %v, %v", limit, got, err)
		}
	}
}

func testKnownOfMany(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	const size = 1010
	var digests []ledger.Digest
	for row := 1; row <= size; row++ {
		digests = append(digests, Person(row))
		if row%3 == 0 {
			if err := run.Record(t.Context(), ledger.Outcome{Row: row, Line: row, Digest: Person(row), State: rowstate.Created}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := run.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	known, err := knownOf(t.Context(), l, append(digests, ledger.Digest{})...)
	if err != nil || len(known) != size/3 {
		t.Fatalf("got %d people, %v; want %d", len(known), err, size/3)
	}
	for row := 3; row <= size; row += 3 {
		if got := known[Person(row)]; got.Standing != ledger.Exists || got.Row != row || got.Run != run.ID() {
			t.Errorf("person %d is %+v", row, got)
		}
	}
}
