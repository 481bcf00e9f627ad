package file

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/scratch"
)

func newPlan(t testing.TB, l *Ledger) *Plan {
	t.Helper()
	p, err := l.newPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func scratchFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, scratch.Prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestScratchFileGoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	p := newPlan(t, l)
	ledgertest.AddAll(t, p, ledgertest.Person(1), ledgertest.Person(2))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(dir, scratch.Prefix+"123.db")
	if err := os.WriteFile(orphan, []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := scratchFiles(t, dir); !slices.Equal(got, []string{orphan}) {
		t.Errorf("got %v", got)
	}
	openTest(t, dir)
	if got := scratchFiles(t, dir); len(got) != 0 {
		t.Errorf("the next open left %v", got)
	}
}

// Another open of the store leaves a plan in use alone.
func TestOpenLeavesPlansAlone(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	p := newPlan(t, l)
	ledgertest.AddAll(t, p, ledgertest.Person(1), ledgertest.Person(1))
	openTest(t, l.dir)
	if got := ledgertest.All(t, p.Duplicates(t.Context())); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if counts, err := p.Resolve(t.Context(), ledgertest.FirstListed); err != nil || counts.Rows != 2 {
		t.Errorf("got %+v, %v", counts, err)
	}
}

// A roster's plan must not hold the ledger: rows are written while it is open,
// and the write-ahead log is cleaned up.
func TestPlanDoesNotHoldTheLedger(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run := beginTest(t, l, lockTest(t, l, "target"))
	p := newPlan(t, l)
	ledgertest.AddAll(t, p, ledgertest.Person(1))
	if err := p.MarkExisting(t.Context(), ledger.KeyDigests{Form: ledgertest.Person(1)}, "u1"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Resolve(t.Context(), ledgertest.FirstListed); err != nil {
		t.Fatal(err)
	}
	for row, err := range p.Rows(t.Context(), ledgertest.Known()) {
		checkAnswers(t, err)
		ledgertest.RecordAll(t, run, ledger.Outcome{Row: row.Row, State: rowstate.Failed, Message: strconv.Itoa(row.Row)})
		var busy, log, moved int
		err := l.db.QueryRowContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved)
		if err != nil || busy != 0 {
			t.Errorf("the log could not be cleaned up: %d, %v", busy, err)
		}
	}
}

func TestPlanInFolderThatIsGone(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	l.dir = filepath.Join(l.dir, "gone")
	_, err := l.newPlan(t.Context())
	reasonIs(t, err, ledger.Unwritable, l.dir)
	if !strings.Contains(advice(err), EnvStateDir) {
		t.Errorf("got %q", err)
	}
}

// Large rows are read a few at a time.
func TestLargeRowsAreReadInSmallPages(t *testing.T) {
	t.Parallel()
	p := newPlan(t, openTest(t, t.TempDir()))
	large := strings.Repeat("x", pageBytes/2)
	for row := 1; row <= 9; row++ {
		checkAnswers(t, p.Add(t.Context(), ledger.RosterRow{Row: row, Line: row, Record: []byte(large)}, ledger.KeyDigests{}))
		if held := len(p.rows.items); held > 3 {
			t.Errorf("%d rows are in memory", held)
		}
	}
	query, _ := p.query(ledger.Selection{})
	stmt, err := p.conn.PrepareContext(t.Context(), query)
	checkAnswers(t, err)
	page, more, err := readPage(t.Context(), stmt, []any{0, pageRows})
	if err != nil || len(page) != 2 || !more || stmt.Close() != nil {
		t.Errorf("got %d rows, %v, %v", len(page), more, err)
	}
	if got := ledgertest.All(t, p.Rows(t.Context(), ledger.Selection{})); len(got) != 9 {
		t.Errorf("got %d rows", len(got))
	}
}
