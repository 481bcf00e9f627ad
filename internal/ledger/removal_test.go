package ledger

import "testing"

// A person who is gone is forgotten with the outcome that says so; one who was
// only not found is, where an earlier delete is in doubt.
func TestWhoIsGoneIsForgotten(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	person := func(name string) Digest { return l.Digest("target", "", name) }
	created := beginTest(t, l, lock)
	names := []string{"deleted", "found absent", "absent for certain", "lost", "deactivated", "failed", "other"}
	for i, name := range names {
		recordTest(t, created, Outcome{Row: i + 1, Line: i + 2, Digest: person(name), State: Created, UserID: name})
	}
	recordTest(t, created, Outcome{Row: len(names) + 1, Line: len(names) + 2, State: Created, UserID: "nameless"})
	checkAnswers(t, created.Finish(t.Context(), Summary{}))
	undone, err := l.Run(t.Context(), created.ID())
	checkAnswers(t, err)

	broken, err := l.Begin(t.Context(), lock, RunInfo{Command: CommandDelete})
	checkAnswers(t, err)
	recordTest(t, broken, Outcome{Row: 1, Line: 2, Digest: person("lost"), State: Changing})
	checkAnswers(t, broken.Close())

	run, err := l.Begin(t.Context(), lock, RunInfo{Command: CommandUndo, Undoes: &undone})
	checkAnswers(t, err)
	for i, outcome := range []Outcome{
		{State: Deleted, Gone: true}, {State: Absent}, {State: Absent, Gone: true}, {State: Absent}, {State: Deactivated}, {State: Failed}, {},
		{State: Deleted, Gone: true},
	} {
		if outcome.State == "" {
			continue
		}
		outcome.Row, outcome.Line = i+1, i+2
		if i < len(names) {
			outcome.Digest = person(names[i])
		}
		recordTest(t, run, outcome)
	}
	checkAnswers(t, run.Finish(t.Context(), Summary{}))

	forgotten := map[string]bool{"deleted": true, "absent for certain": true, "lost": true}
	for _, name := range names {
		known, err := l.Known(t.Context(), person(name))
		if _, ok := known[person(name)]; ok == forgotten[name] || err != nil {
			t.Errorf("%s: known is %v, %v", name, ok, err)
		}
	}
	rows := map[int]State{}
	for row, err := range l.Rows(t.Context(), undone) {
		checkAnswers(t, err)
		rows[row.Row] = row.State
	}
	if rows[1] != Forgotten || rows[2] != Created || rows[8] != Forgotten {
		t.Errorf("the rows are %v", rows)
	}
}
