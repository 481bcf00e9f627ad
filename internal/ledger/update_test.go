package ledger

import (
	"path/filepath"
	"testing"
)

// What an update did is evidence of nothing for a create: its rows neither say
// that a person exists nor that they may exist.
func TestUpdatesAreNoEvidence(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	run, err := l.Begin(t.Context(), lock, RunInfo{Command: CommandUpdate, BeforeFile: "/tmp/before.csv"})
	checkAnswers(t, err)
	t.Cleanup(func() { _ = run.Close() })
	people := map[State]Digest{}
	for i, state := range []State{Changing, Updated, Unchanged, Uncertain, Failed} {
		people[state] = l.Digest("target", "", string(state))
		recordTest(t, run, Outcome{Row: i + 1, Line: i + 2, Digest: people[state], State: state})
	}
	for state, digest := range people {
		if known, err := l.Known(t.Context(), digest); len(known) > 0 || err != nil {
			t.Errorf("%s counts as %v, %v", state, known, err)
		}
	}
	plan, err := l.NewPlan(t.Context())
	checkAnswers(t, err)
	defer func() { checkAnswers(t, plan.Close()) }()
	row := 0
	for _, digest := range people {
		row++
		checkAnswers(t, plan.Add(t.Context(), row, row, digest))
	}
	if counts, err := plan.Resolve(t.Context()); counts.New != len(people) || err != nil {
		t.Errorf("a plan counts %+v, %v", counts, err)
	}
	if settled, err := l.SettleAllAbsent(t.Context(), lock); settled != 0 || err != nil {
		t.Errorf("%d rows were settled, %v", settled, err)
	}
	past, err := l.Run(t.Context(), run.ID())
	checkAnswers(t, err)
	if past.BeforeFile != "/tmp/before.csv" || past.Command != CommandUpdate {
		t.Errorf("got %+v", past.RunInfo)
	}
	for _, change := range []error{
		l.Settle(t.Context(), lock, past, Settlement{Row: 4, State: Created}),
		func() error { _, err := l.Forget(t.Context(), lock, past, 2); return err }(),
	} {
		if !is[*RowError](change) {
			t.Errorf("got %v", change)
		}
	}
	states, err := l.CountStates(t.Context(), past)
	if err != nil || states[Updated] != 1 || states[Changing] != 1 || states[Uncertain] != 1 {
		t.Errorf("got %v, %v", states, err)
	}
	if causes, err := l.Causes(t.Context(), past, 10); len(causes) != 1 || causes[0].Rows != 2 || err != nil {
		t.Errorf("causes %+v, %v", causes, err)
	}
}

// The intent of a change is taken back as that of a create is.
func TestWithdrawAChange(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run, Outcome{Row: 1, Line: 2, State: Changing})
	checkAnswers(t, run.Withdraw(t.Context(), 1))
	past, err := l.Run(t.Context(), run.ID())
	checkAnswers(t, err)
	for row, err := range l.Rows(t.Context(), past) {
		t.Errorf("row %d is left, %v", row.Row, err)
	}
}

// A file of version 2 keeps what is known of people.
func TestMigrationFromVersion2(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run, Outcome{Row: 1, Line: 2, Digest: person(1), State: Created}, Outcome{Row: 2, Line: 3, State: Created})
	checkAnswers(t, run.Finish(t.Context(), Summary{}))
	edit(t, filepath.Join(dir, FileName), "DROP VIEW intended; DROP TABLE intents; DROP TABLE digests;"+
		"CREATE INDEX rows_digest ON rows (digest) WHERE digest IS NOT NULL; PRAGMA user_version = 2")
	upToDate := openTest(t, dir)
	checkAnswers(t, upToDate.Check(t.Context()))
	if known, err := upToDate.Known(t.Context(), person(1)); known[person(1)].Row != 1 || err != nil {
		t.Errorf("got %v, %v", known, err)
	}
}

// A file of version 1 keeps its runs.
func TestMigrationFromVersion1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	recordTest(t, run, Outcome{Row: 1, Line: 2, State: Created})
	checkAnswers(t, run.Finish(t.Context(), Summary{}))
	edit(t, filepath.Join(dir, FileName), "DROP VIEW intended; DROP TABLE intents; DROP TABLE digests;"+
		"CREATE INDEX rows_digest ON rows (digest) WHERE digest IS NOT NULL; ALTER TABLE runs DROP COLUMN before_file; PRAGMA user_version = 1")
	past, err := openTest(t, dir).Run(t.Context(), run.ID())
	if err != nil || past.BeforeFile != "" || past.ID != run.ID() {
		t.Errorf("got %+v, %v", past, err)
	}
}
