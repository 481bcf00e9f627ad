package file

import (
	"database/sql"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// intentsOf returns intents of the rows from first to last.
func intentsOf(first, last int) (intents []ledger.Intent) {
	for row := first; row <= last; row++ {
		intents = append(intents, ledger.Intent{Row: row, Line: row + 1, Digest: ledgertest.Person(row)})
	}
	return intents
}

// stored counts what stands in the tables of lists and of rows.
func stored(t *testing.T, l *Ledger) (lists, rows int) {
	t.Helper()
	checkAnswers(t, l.db.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM intents), (SELECT count(*) FROM rows)").Scan(&lists, &rows))
	return lists, rows
}

// Many intents are one entry until their outcomes are there, and read as rows.
func TestManyIntentsAreOneEntry(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	checkAnswers(t, run.Intend(t.Context(), intentsOf(1, 100)...))
	if lists, rows := stored(t, l); lists != 1 || rows != 0 {
		t.Fatalf("100 intents are %d lists and %d rows", lists, rows)
	}
	remembered := ledgertest.Past(t, l, run.ID())
	intended := ledgertest.All(t, l.Rows(t.Context(), remembered, rowstate.Sent))
	for i, row := range intended {
		want := ledger.Outcome{Row: i + 1, Line: i + 2, Digest: ledgertest.Person(i + 1), State: rowstate.Sent, Attempts: 1, Doubt: "lost", Sends: 1}
		if !reflect.DeepEqual(row.Outcome, want) || row.Started.IsZero() || !row.Ended.IsZero() || row.Run != run.ID() {
			t.Errorf("got %+v, want %+v", row, want)
		}
	}
	if at, err := l.RowsAt(t.Context(), remembered, 8); err != nil || len(at) != 1 || at[0].Row != 7 {
		t.Errorf("on line 8 are %v, %v", at, err)
	}
	if known, err := l.known(t.Context(), ledgertest.Person(100)); known[ledgertest.Person(100)].Standing != ledger.Doubtful || err != nil {
		t.Errorf("known is %v, %v", known, err)
	}
	for row := 1; row <= 100; row++ {
		checkAnswers(t, run.Record(t.Context(), ledger.Outcome{Row: row, Line: row + 1, Digest: ledgertest.Person(row), State: rowstate.Created, Attempts: 1}))
	}
	checkAnswers(t, run.Flush(t.Context()))
	for i, row := range ledgertest.All(t, l.Rows(t.Context(), remembered, rowstate.Created)) {
		if !row.Started.Equal(intended[i].Started) || row.Ended.IsZero() {
			t.Errorf("row %d was sent at %s and ended at %s", row.Row, row.Started, row.Ended)
		}
	}
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
	if lists, rows := stored(t, l); lists != 0 || rows != 100 {
		t.Errorf("after the run there are %d lists and %d rows", lists, rows)
	}
}

// Lists go while the run goes on, as soon as none of their rows is open.
func TestSpentListsGo(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	for first := 1; first < 200; first += 20 {
		checkAnswers(t, run.Intend(t.Context(), intentsOf(first, first+19)...))
		for row := first; row < first+20; row++ {
			if row == 7 {
				continue // this one stays open
			}
			checkAnswers(t, run.Record(t.Context(), ledger.Outcome{Row: row, State: rowstate.Failed}))
		}
		checkAnswers(t, run.Flush(t.Context()))
	}
	if lists, rows := stored(t, l); lists > 2 || rows != 199 {
		t.Errorf("there are %d lists and %d rows", lists, rows)
	}
	if got := states(t, l, run.ID()); len(got) != 200 || got[7] != rowstate.Sent {
		t.Errorf("%d rows, row 7 is %q", len(got), got[7])
	}
}

// What crashed runs left in lists becomes rows when their target is locked.
func TestLockKeepsWhatCrashedRunsIntended(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	run := beginTest(t, l, lock)
	checkAnswers(t, run.Intend(t.Context(), intentsOf(1, 20)...))
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 3, Line: 4, Digest: ledgertest.Person(3), State: rowstate.Created, UserID: "u3"})
	other := beginTest(t, l, lockTest(t, l, "another target"))
	checkAnswers(t, other.Intend(t.Context(), intentsOf(101, 120)...))
	checkAnswers(t, lock.Release()) // as a process does that is killed
	before := states(t, l, run.ID())

	lockTest(t, l, "target")
	if lists, rows := stored(t, l); lists != 1 || rows != 20 {
		t.Errorf("there are %d lists, want that of the other target, and %d rows, want 20", lists, rows)
	}
	after := states(t, l, run.ID())
	for row := 1; row <= 20; row++ {
		if want := map[bool]rowstate.State{true: rowstate.Created, false: rowstate.Sent}[row == 3]; after[row] != want || before[row] != want {
			t.Errorf("row %d was %q and is %q, want %q", row, before[row], after[row], want)
		}
	}
	checkAnswers(t, l.Check(t.Context()))
}

// A list that cannot be read is damage, and no reason to think that nobody was sent.
func TestDamagedListIsNoEmptyList(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	checkAnswers(t, run.Intend(t.Context(), intentsOf(1, 20)...))
	edit(t, l.path, "UPDATE intents SET list = substr(list, 1, 100)")
	for _, err := range l.Rows(t.Context(), ledgertest.Past(t, l, run.ID())) {
		reasonIs(t, err, ledger.Damaged, l.path)
		return
	}
	t.Error("the rows end without an error")
}

// A plan enters everybody before the first is sent, in as many transactions as it takes.
func TestPlanEntersDigests(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	const size = 2*enterAtOnce + 100
	plan := newPlan(t, l)
	for row := 1; row <= size; row++ {
		digest := ledgertest.Person(row)
		switch {
		case row%1000 == 0:
			digest = ledgertest.Person(1) // in many rows
		case row%1001 == 0:
			digest = ledger.Digest{}
		}
		checkAnswers(t, plan.Add(t.Context(), ledger.RosterRow{Row: row, Line: row + 1}, ledger.KeyDigests{Form: digest}))
	}
	run, err := lock.begin(t.Context(), ledger.RunInfo{Command: "import", Plan: plan})
	checkAnswers(t, err)
	t.Cleanup(func() { _ = run.Close() })
	var entered, wrong int
	checkAnswers(t, l.db.QueryRowContext(t.Context(), "SELECT count(*), count(*) FILTER (WHERE run <> ?) FROM digests", run.number).Scan(&entered, &wrong))
	if want := size - size/1001; entered != want || wrong != 0 {
		t.Errorf("%d rows stand in the table, %d of another run; want %d", entered, wrong, want)
	}
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 3000, Line: 3001, Digest: ledgertest.Person(1), State: rowstate.Created})
	if known, err := l.known(t.Context(), ledgertest.Person(1), ledgertest.Person(2)); len(known) != 1 || known[ledgertest.Person(1)].Row != 3000 || err != nil {
		t.Errorf("got %v, %v", known, err)
	}
	checkAnswers(t, l.Check(t.Context()))
}

// A row that says something of a person must be found by the digest.
func TestCheckFindsRowsWithoutEntry(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	ledgertest.RecordAll(t, run, ledger.Outcome{Row: 1, Line: 2, Digest: ledgertest.Person(1), State: rowstate.Created})
	edit(t, l.path, "DELETE FROM digests")
	reasonIs(t, l.Check(t.Context()), ledger.Damaged, l.path)
}

// Queries by digest and by run must not read whole tables: their time would
// grow with all that was ever imported.
func TestQueriesUseTheirIndexes(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	arguments := []any{1, 2, 3}
	for query, n := range map[string]int{
		`SELECT 1 FROM rows WHERE ?1 AND ` + sqlOfPerson: 2,
		`SELECT digests.digest, ` + sqlKnown + ` FROM digests CROSS JOIN rows AS known ON known.run = digests.run AND known.row = digests.row WHERE digests.digest IN (?, ?)`: 2,
		`SELECT * FROM (SELECT ` + rowColumns + ` FROM rows WHERE run = ? AND row > ? ORDER BY row LIMIT ?)`:                                                                  3,
		`SELECT 1 ` + fromInDoubt: 1,
	} {
		steps, err := collect(t.Context(), l.db, func(rows *sql.Rows) (detail string, err error) {
			var id, parent, unused int
			return detail, rows.Scan(&id, &parent, &unused, &detail)
		}, "EXPLAIN QUERY PLAN "+query, arguments[:n]...)
		checkAnswers(t, err)
		for _, step := range steps {
			isSmall := strings.Contains(step, "(subquery") || strings.HasSuffix(step, "USING INDEX rows_in_doubt")
			if strings.HasPrefix(step, "SCAN ") && !isSmall {
				t.Errorf("%s\nreads a whole table: %s", query, step)
			}
		}
		if len(steps) == 0 {
			t.Errorf("%s has no plan", query)
		}
	}
}
