package ledgertest

import (
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// An absent user is forgotten with the outcome that reports it; one who was only not found is, if an earlier
// delete is in doubt.
func testWhoIsGoneIsForgotten(t *testing.T, fresh Fresh) {
	t.Parallel()
	l := fresh.open(t)
	lock := Lock(t, l, "target")
	person := func(name string) ledger.Digest { return l.Digester().Digest("target", "", name) }
	created := Begin(t, lock)
	names := []string{"deleted", "found absent", "absent for certain", "lost", "deactivated", "failed", "other"}
	for i, name := range names {
		RecordAll(t, created, ledger.Outcome{Row: i + 1, Line: i + 2, Digest: person(name), State: rowstate.Created, UserID: name})
	}
	RecordAll(t, created, ledger.Outcome{Row: len(names) + 1, Line: len(names) + 2, State: rowstate.Created, UserID: "nameless"})
	check(t, created.Finish(t.Context(), ledger.Summary{}))
	undone, err := l.Run(t.Context(), created.ID())
	check(t, err)

	broken, err := lock.Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandDelete})
	check(t, err)
	check(t, broken.Intend(t.Context(), ledger.Intent{Row: 1, Line: 2, Digest: person("lost")}))
	check(t, broken.Close())

	run, err := lock.Begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandUndo, UndoOf: &undone})
	check(t, err)
	for i, outcome := range []ledger.Outcome{
		{State: rowstate.Deleted, Gone: true}, {State: rowstate.Absent}, {State: rowstate.Absent, Gone: true}, {State: rowstate.Absent}, {State: rowstate.Deactivated}, {State: rowstate.Failed}, {},
		{State: rowstate.Deleted, Gone: true},
	} {
		if outcome.State == "" {
			continue
		}
		outcome.Row, outcome.Line = i+1, i+2
		if i < len(names) {
			outcome.Digest = person(names[i])
		}
		RecordAll(t, run, outcome)
	}
	check(t, run.Finish(t.Context(), ledger.Summary{}))

	forgotten := map[string]bool{"deleted": true, "absent for certain": true, "lost": true}
	for _, name := range names {
		known, err := knownOf(t.Context(), l, person(name))
		if _, ok := known[person(name)]; ok == forgotten[name] || err != nil {
			t.Errorf("%s: known is %v, %v", name, ok, err)
		}
	}
	rows := map[int]rowstate.State{}
	for row, err := range l.Rows(t.Context(), undone) {
		check(t, err)
		rows[row.Row] = row.State
	}
	if rows[1] != rowstate.Forgotten || rows[2] != rowstate.Created || rows[8] != rowstate.Forgotten {
		t.Errorf("the rows are %v", rows)
	}
}
