package ledgertest

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// idsOf returns the ids of a run's rows, in their order.
func idsOf(t *testing.T, l ledger.Store, run ledger.Run) []string {
	t.Helper()
	var ids []string
	for _, row := range All(t, l.Rows(t.Context(), Past(t, l, run.ID()))) {
		ids = append(ids, row.UserID)
	}
	return ids
}

// beginOf begins a run of a roster.
func beginOf(t *testing.T, lock ledger.Lock, sha256 string) ledger.Run {
	t.Helper()
	run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: "import", Source: ledger.Source{File: "people.csv", SHA256: sha256}})
	check(t, err)
	t.Cleanup(func() { check(t, run.Close()) })
	return run
}

// An id that two users of a run have is removed from both; one that a user has in two rows, or that another roster
// has, remains.
func testSharedIDsOfARun(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	other := beginOf(t, lock, "other")
	RecordAll(t, other, ledger.Outcome{Row: 1, Line: 2, Digest: Person(9), State: rowstate.Created, UserID: "c"})
	run := beginOf(t, lock, "roster")
	RecordAll(
		t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "a"},
		ledger.Outcome{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Existing, UserID: "a"},
		ledger.Outcome{Row: 3, Line: 4, Digest: Person(3), State: rowstate.Created, UserID: "c"},
		ledger.Outcome{Row: 4, Line: 5, Digest: Person(4), State: rowstate.Created},
		ledger.Outcome{Row: 5, Line: 6, Digest: Person(5), State: rowstate.Created},
		ledger.Outcome{Row: 6, Line: 7, Digest: Person(6), State: rowstate.Failed, UserID: "c", Class: "conflict"},
		ledger.Outcome{Row: 7, Line: 8, Digest: Person(7), State: rowstate.Created, UserID: "d"},
		ledger.Outcome{Row: 8, Line: 9, Digest: Person(7), State: rowstate.Existing, UserID: "d"},
	)
	for range 2 { // a removed id remains removed, and counts once
		lost, err := lock.DropSharedIDs(t.Context(), Past(t, l, run.ID()))
		if err != nil || lost != 2 {
			t.Fatalf("%d rows, %v; want 2", lost, err)
		}
	}
	if ids := idsOf(t, l, run); !slices.Equal(ids, []string{"", "", "c", "", "", "c", "d", "d"}) {
		t.Errorf("got %q", ids)
	}
	if ids := idsOf(t, l, other); !slices.Equal(ids, []string{"c"}) {
		t.Errorf("the other roster has %q", ids)
	}
	known, err := knownOf(t.Context(), l, Person(1))
	if finding := known[Person(1)]; err != nil || finding.Standing != ledger.Exists || finding.UserID != "" {
		t.Errorf("got %+v, %v", finding, err)
	}
	causes, err := l.Causes(t.Context(), Past(t, l, run.ID()), 10)
	if err != nil || !slices.Contains(causes, ledger.Cause{Class: ledger.ClassSharedID, Message: `the provider returned the id "a" for several users`, Rows: 2, Line: 2}) {
		t.Errorf("causes %+v, %v", causes, err)
	}
}

// A resumed run shares its ids with the runs before it: with one that was killed, whose rows still have the id,
// and with one from which it was removed already.
func testSharedIDsAfterAResume(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	var runs []ledger.Run
	for i, want := range []int{0, 1, 1} {
		run := beginOf(t, lock, "roster")
		runs = append(runs, run)
		RecordAll(t, run, ledger.Outcome{Row: i + 1, Line: i + 2, Digest: Person(i + 1), State: rowstate.Created, UserID: "undefined"})
		lost, err := lock.DropSharedIDs(t.Context(), Past(t, l, run.ID()))
		if err != nil || lost != want {
			t.Errorf("run %d: %d rows, %v; want %d", i+1, lost, err, want)
		}
	}
	for i, run := range runs {
		lost, err := l.SharedIDs(t.Context(), Past(t, l, run.ID()))
		if ids := idsOf(t, l, run); err != nil || lost != 1 || !slices.Equal(ids, []string{""}) {
			t.Errorf("run %d has %q, %d lost, %v", i+1, ids, lost, err)
		}
	}
}

// The fields that were not stored are recorded, and counted by field.
func testNotStored(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	run := Begin(t, Lock(t, l, "target"))
	RecordAll(
		t, run,
		ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, NotStored: []string{"nickName", "title"}},
		ledger.Outcome{Row: 2, Line: 3, Digest: Person(2), State: rowstate.Created, NotStored: []string{"title"}},
		ledger.Outcome{Row: 3, Line: 4, Digest: Person(3), State: rowstate.Created},
	)
	fields, err := l.NotStored(t.Context(), Past(t, l, run.ID()))
	if want := []ledger.FieldCount{{Field: "title", Rows: 2}, {Field: "nickName", Rows: 1}}; err != nil || !slices.Equal(fields, want) {
		t.Errorf("got %v, %v; want %v", fields, err, want)
	}
	rows := All(t, l.Rows(t.Context(), Past(t, l, run.ID())))
	if !slices.Equal(rows[0].NotStored, []string{"nickName", "title"}) || rows[2].NotStored != nil {
		t.Errorf("got %v and %v", rows[0].NotStored, rows[2].NotStored)
	}
	// The last lookup of the user, which compares nothing, does not change it.
	RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: Person(1), State: rowstate.Created, UserID: "a"})
	if rows := All(t, l.Rows(t.Context(), Past(t, l, run.ID()))); !slices.Equal(rows[0].NotStored, []string{"nickName", "title"}) || rows[0].UserID != "a" {
		t.Errorf("after the last look: %+v", rows[0])
	}
}
