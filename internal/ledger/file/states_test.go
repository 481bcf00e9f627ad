package file

import (
	"context"
	"database/sql"
	"maps"
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// withoutStates takes a file back to before intendChanges and the later steps.
const withoutStates = `
	DROP TABLE assigned;
	ALTER TABLE rows DROP COLUMN group_id;
	ALTER TABLE runs DROP COLUMN expires;
	ALTER TABLE runs DROP COLUMN part_of;
	ALTER TABLE runs DROP COLUMN pruned;
	DROP TRIGGER count_states; ALTER TABLE runs DROP COLUMN states;
	DROP VIEW intended; ALTER TABLE intents DROP COLUMN state;
	CREATE VIEW intended AS
		SELECT intents.run, intent.value ->> 0 AS row, intent.value ->> 1 AS line,
		       nullif(unhex(intent.value ->> 2), x'') AS digest, 'sent' AS state,
		       '' AS user_id, '' AS class, '' AS message, 1 AS attempts, intents.started, NULL AS ended,
		       'lost' AS doubt, coalesce(intent.value ->> 3, 0) AS proof, 1 AS sends, 0 AS resends, 0 AS word, 0 AS due,
		       '' AS not_stored
		FROM intents CROSS JOIN json_each(intents.list) AS intent
		WHERE NOT EXISTS (SELECT 1 FROM rows WHERE rows.run = intents.run AND rows.row = intent.value ->> 0);
`

// differing returns the runs whose stored numbers are not those of their rows, and
// how many have stored numbers.
func differing(ctx context.Context, l *Ledger) (runs []string, stored int, err error) {
	type run struct {
		past     ledger.PastRun
		isStored bool
	}
	all, err := collect(ctx, l.db, func(rows *sql.Rows) (r run, err error) {
		return r, rows.Scan(&r.past.Number, &r.past.ID, &r.isStored)
	}, `SELECT number, id, states IS NOT NULL FROM runs`)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range all {
		if !r.isStored {
			continue
		}
		stored++
		states, err := l.CountStates(ctx, r.past)
		if err != nil {
			return nil, 0, err
		}
		counted := map[rowstate.State]int{}
		for row, err := range l.Rows(ctx, r.past) {
			if err != nil {
				return nil, 0, err
			}
			counted[row.State]++
		}
		if !maps.Equal(states, counted) {
			runs = append(runs, r.past.ID)
		}
	}
	return runs, stored, nil
}

// checkStates compares the numbers of so many runs with their rows.
func checkStates(t *testing.T, l *Ledger, after string, want int) {
	t.Helper()
	if runs, stored, err := differing(t.Context(), l); len(runs) > 0 || stored != want || err != nil {
		t.Errorf("after %s: %d runs have stored numbers, want %d; those of %v are wrong, %v", after, stored, want, runs, err)
	}
}

// The numbers of a run are those of its rows, whatever becomes of them after it.
func TestStoredNumbersOfStates(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")

	made := beginTest(t, l, lock)
	for i, state := range []rowstate.State{rowstate.Created, rowstate.Created, rowstate.Created, rowstate.Existing, rowstate.Failed, rowstate.Unknown, rowstate.Unknown, rowstate.Gone} {
		ledgertest.RecordAll(t, made, ledger.Outcome{Row: i + 1, Line: i + 2, Digest: ledgertest.Person(i + 1), State: state})
	}
	checkAnswers(t, made.Intend(t.Context(), intentsOf(101, 120)...)) // nothing comes of these
	checkStates(t, l, "the intents", 0)
	checkAnswers(t, made.Finish(t.Context(), ledger.Summary{}))
	checkStates(t, l, "the end", 1)
	created := ledgertest.Past(t, l, made.ID())
	if states, err := l.CountStates(t.Context(), created); err != nil || states[rowstate.Created] != 3 || states[rowstate.Sent] != 20 || len(states) != 6 {
		t.Errorf("got %v, %v", states, err)
	}

	killed, err := lock.begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandUpdate})
	checkAnswers(t, err)
	checkAnswers(t, killed.Intend(t.Context(), intentsOf(1, 20)...))
	ledgertest.RecordAll(t, killed, ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(1), State: rowstate.Updated}, ledger.Outcome{Row: 2, Line: 3, Digest: ledgertest.Person(2), State: rowstate.Unknown})
	checkAnswers(t, lock.Release()) // as a process does that is killed
	t.Cleanup(func() { _ = killed.Close() })
	lock = lockTest(t, l, "target")
	checkStates(t, l, "a crash", 2)
	if states, err := l.CountStates(t.Context(), ledgertest.Past(t, l, killed.ID())); err != nil || states[rowstate.Changing] != 18 || states[rowstate.Updated] != 1 || states[rowstate.ChangeUnknown] != 1 {
		t.Errorf("got %v, %v", states, err)
	}

	undo, err := lock.begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandUndo, UndoOf: &created})
	checkAnswers(t, err)
	ledgertest.RecordAll(t, undo, ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(1), State: rowstate.Deleted, Gone: true}, ledger.Outcome{Row: 3, Line: 4, Digest: ledgertest.Person(3), State: rowstate.Absent, Gone: true})
	checkStates(t, l, "the deletes of an undo", 2)
	checkAnswers(t, undo.Finish(t.Context(), ledger.Summary{}))
	checkStates(t, l, "the end of the undo", 3)
	if states, err := l.CountStates(t.Context(), created); err != nil || states[rowstate.Forgotten] != 2 || states[rowstate.Created] != 1 {
		t.Errorf("got %v, %v", states, err)
	}

	again := beginTest(t, l, lock)
	ledgertest.RecordAll(t, again, ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(6), State: rowstate.Existing}) // ends an earlier doubt
	checkAnswers(t, again.Finish(t.Context(), ledger.Summary{}))
	checkStates(t, l, "a doubt that a later run ended", 4)
	checkAnswers(t, lock.Settle(t.Context(), created, ledger.Settlement{Row: 7, State: rowstate.Created}))
	checkStates(t, l, "a settlement", 4)
	_, err = lock.Forget(t.Context(), created, 4)
	checkAnswers(t, err)
	checkStates(t, l, "forgetting a row", 4)
	_, err = lock.ForgetGone(t.Context(), created)
	checkAnswers(t, err)
	_, err = lock.Forget(t.Context(), created)
	checkAnswers(t, err)
	checkStates(t, l, "forgetting a run", 4)
	settled, err := lock.SettleAllAbsent(t.Context())
	checkAnswers(t, err)
	if settled != 20 {
		t.Errorf("%d rows were settled", settled)
	}
	checkStates(t, l, "settling all", 4)
	if states, err := l.CountStates(t.Context(), created); err != nil || !maps.Equal(states, map[rowstate.State]int{rowstate.Forgotten: 6, rowstate.Failed: 1, rowstate.NotCreated: 20, rowstate.Existing: 1}) {
		t.Errorf("got %v, %v", states, err)
	}
}

// The rows of a run that has ended are not counted again, however many they are.
func TestEndedRunsAreNotCounted(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, State: rowstate.Failed}, ledger.Outcome{Row: 2, Line: 3, State: rowstate.Failed})
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
	edit(t, l.path, "DELETE FROM rows WHERE row = 1")
	if states, err := l.CountStates(t.Context(), ledgertest.Past(t, l, run.ID())); err != nil || states[rowstate.Failed] != 2 {
		t.Errorf("got %v, %v", states, err)
	}
}

// Runs that ended before numbers were stored have them, and their intents are kept.
func TestMigrationToStoredNumbers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	lock := lockTest(t, l, "target")
	ended, crashed := beginTest(t, l, lock), beginTest(t, l, lockTest(t, l, "other"))
	ledgertest.RecordAll(t, ended, ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(1), State: rowstate.Created}, ledger.Outcome{Row: 2, Line: 3, State: rowstate.Failed})
	checkAnswers(t, ended.Finish(t.Context(), ledger.Summary{}))
	empty := beginTest(t, l, lock)
	checkAnswers(t, empty.Finish(t.Context(), ledger.Summary{}))
	checkAnswers(t, crashed.Intend(t.Context(), intentsOf(101, 120)...))
	ledgertest.RecordAll(t, crashed, ledger.Outcome{Row: 121, Line: 122, Digest: ledgertest.Person(121), State: rowstate.Unknown})
	edit(t, filepath.Join(dir, FileName), withoutStates+`
		INSERT INTO rows (run, row, line, state) SELECT number, 3, 4, 'changing' FROM runs WHERE id = '`+ended.ID()+`'; -- as an earlier usher did
		PRAGMA user_version = 8`)

	upToDate := openTest(t, dir)
	checkStates(t, upToDate, "the migration", 2)
	if states, err := upToDate.CountStates(t.Context(), ledgertest.Past(t, upToDate, ended.ID())); err != nil || !maps.Equal(states, map[rowstate.State]int{rowstate.Created: 1, rowstate.Failed: 1, rowstate.Changing: 1}) {
		t.Errorf("got %v, %v", states, err)
	}
	if states, err := upToDate.CountStates(t.Context(), ledgertest.Past(t, upToDate, crashed.ID())); err != nil || !maps.Equal(states, map[rowstate.State]int{rowstate.Sent: 20, rowstate.Unknown: 1}) {
		t.Errorf("got %v, %v", states, err)
	}
	if known, err := upToDate.known(t.Context(), ledgertest.Person(101), ledgertest.Person(1)); err != nil || known[ledgertest.Person(101)].Standing != ledger.Doubtful || known[ledgertest.Person(1)].Standing != ledger.Exists {
		t.Errorf("got %v, %v", known, err)
	}
	checkAnswers(t, upToDate.Check(t.Context()))
}

// States of before runs with several operations show the operation of their run, also in the stored numbers.
func TestMigrationToStatesOfOperations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	lock := lockTest(t, l, "target")
	runs := map[string]string{}
	for _, command := range []string{rowstate.CommandImport, rowstate.CommandUpdate, rowstate.CommandDelete} {
		run, err := lock.begin(t.Context(), ledger.RunInfo{Command: command})
		checkAnswers(t, err)
		for row := 1; row <= 3; row++ {
			ledgertest.RecordAll(t, run, ledger.Outcome{Row: row, Line: row + 1, Digest: ledgertest.Person(row), State: rowstate.Failed})
		}
		checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
		runs[command] = run.ID()
	}
	killed, err := lock.begin(t.Context(), ledger.RunInfo{Command: rowstate.CommandUndo})
	checkAnswers(t, err)
	checkAnswers(t, killed.Intend(t.Context(), intentsOf(1, 20)...))
	checkAnswers(t, lock.Release()) // as a process does that is killed
	t.Cleanup(func() { _ = killed.Close() })
	edit(t, filepath.Join(dir, FileName), `
		UPDATE rows SET state = 'absent' WHERE row = 1 AND run IN (SELECT number FROM runs WHERE command IN ('import', 'delete'));
		UPDATE rows SET state = 'uncertain' WHERE row = 2 AND run IN (SELECT number FROM runs WHERE command IN ('update', 'delete'));
		UPDATE rows SET state = 'changing' WHERE row = 3 AND run IN (SELECT number FROM runs WHERE command IN ('update', 'delete'));
		UPDATE intents SET state = 'changing';
		DROP TABLE assigned;
		ALTER TABLE rows DROP COLUMN group_id;
		ALTER TABLE runs DROP COLUMN expires;
		ALTER TABLE runs DROP COLUMN part_of;
		PRAGMA user_version = 11`)

	upToDate := openTest(t, dir)
	checkStates(t, upToDate, "the migration", 3)
	for id, want := range map[string]map[rowstate.State]int{
		runs[rowstate.CommandImport]: {rowstate.NotCreated: 1, rowstate.Failed: 2},
		runs[rowstate.CommandUpdate]: {rowstate.Failed: 1, rowstate.ChangeUnknown: 1, rowstate.Changing: 1},
		runs[rowstate.CommandDelete]: {rowstate.Absent: 1, rowstate.RemovalUnknown: 1, rowstate.Removing: 1},
		killed.ID():                  {rowstate.Removing: 20},
	} {
		states, err := upToDate.CountStates(t.Context(), ledgertest.Past(t, upToDate, id))
		maps.DeleteFunc(states, func(_ rowstate.State, rows int) bool { return rows == 0 })
		if err != nil || !maps.Equal(states, want) {
			t.Errorf("got %v, want %v, %v", states, want, err)
		}
	}
	checkAnswers(t, upToDate.Check(t.Context()))
}
