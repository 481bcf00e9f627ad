package ledger

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newPlan(t testing.TB, l *Ledger) *Plan {
	t.Helper()
	p, err := l.NewPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func addAll(t testing.TB, p *Plan, digests ...Digest) {
	t.Helper()
	for i, digest := range digests {
		if err := p.Add(t.Context(), i+1, i+2, digest); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPlanClassifies(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	first := beginTest(t, l, lock)
	recordTest(t, first,
		Outcome{Row: 1, Line: 10, Digest: person(1), State: Created, UserID: "u1"},
		Outcome{Row: 2, Line: 20, Digest: person(2), State: Failed},
		Outcome{Row: 3, Line: 30, Digest: person(3), State: Unknown},
		Outcome{Row: 5, Line: 50, Digest: person(5), State: Unknown},
		Outcome{Row: 8, Line: 80, Digest: person(8), State: Created, UserID: "old id"},
		Outcome{Row: 9, Line: 90, Digest: person(9), State: Unknown},
	)
	second := beginTest(t, l, lock)
	if err := second.Intend(t.Context(), Intent{Row: 4, Line: 40, Digest: person(4)}); err != nil {
		t.Fatal(err)
	}
	recordTest(t, second,
		Outcome{Row: 1, Line: 11, Digest: person(1), State: Failed, Class: "conflict"}, // still created
		Outcome{Row: 5, Line: 51, Digest: person(5), State: Failed},                    // still in doubt
		Outcome{Row: 3, Line: 31, Digest: person(3), State: Unknown},                   // that doubt is of the first run
	)

	p := newPlan(t, l)
	addAll(t, p, person(1), person(2), person(3), person(4), person(5), person(6), Digest{}, person(8), person(9))
	for _, listed := range []struct {
		digest Digest
		id     string
	}{{person(6), "u6"}, {person(8), "u8"}, {person(9), "u9"}, {person(99), "u99"}, {Digest{}, "nobody"}, {person(6), "u6 again"}} {
		if err := p.MarkExisting(t.Context(), listed.digest, listed.id); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := p.Resolve(t.Context())
	if want := (PlanCounts{Rows: 9, New: 2, Existing: 4, InDoubt: 3}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v", counts, err, want)
	}
	want := []Finding{
		{Standing: Exists, Run: first.ID(), Row: 1, Line: 10, UserID: "u1"},
		{},
		{Standing: Doubtful, Run: first.ID(), Row: 3, Line: 30},
		{Standing: Doubtful, Run: second.ID(), Row: 4, Line: 40},
		{Standing: Doubtful, Run: first.ID(), Row: 5, Line: 50},
		{Standing: Exists, UserID: "u6", Listed: true},
		{},
		{Standing: Exists, Run: first.ID(), Row: 8, Line: 80, UserID: "u8", Listed: true},
		{Standing: Exists, Run: first.ID(), Row: 9, Line: 90, UserID: "u9", Listed: true},
	}
	found := make([]Finding, len(want))
	last := 0
	for _, row := range all(t, p.Findings(t.Context())) {
		if row.Row <= last || row.Finding == (Finding{}) {
			t.Errorf("after row %d came %+v", last, row)
		}
		last = row.Row
		found[row.Row-1] = row.Finding
	}
	for i := range want {
		if found[i] != want[i] {
			t.Errorf("of row %d is found %+v, want %+v", i+1, found[i], want[i])
		}
	}

	// What is recorded or added later is found by another Resolve.
	recordTest(t, second, Outcome{Row: 2, Line: 21, Digest: person(2), State: Created})
	if err := p.Add(t.Context(), 10, 11, person(10)); err != nil {
		t.Fatal(err)
	}
	counts, err = p.Resolve(t.Context())
	if want := (PlanCounts{Rows: 10, New: 2, Existing: 5, InDoubt: 3}); err != nil || counts != want {
		t.Errorf("got %+v, %v; want %+v", counts, err, want)
	}
}

// A plan of many batches finds each duplicate once, in the order of the
// roster, and yields every row.
func TestPlanOfManyBatches(t *testing.T) {
	t.Parallel()
	const size = insertBatch + 1000
	p := newPlan(t, openTest(t, t.TempDir()))
	for row := 1; row <= size; row++ {
		digest := person(row)
		if row%1000 == 0 {
			digest = person(500) // one person in many rows
		}
		if err := p.Add(t.Context(), row, row*2, digest); err != nil {
			t.Fatal(err)
		}
	}
	duplicates := all(t, p.Duplicates(t.Context()))
	if len(duplicates) != size/1000 {
		t.Errorf("got %d duplicates, want %d", len(duplicates), size/1000)
	}
	for i, d := range duplicates {
		row := (i + 1) * 1000
		if want := (Duplicate{Row: row, Line: row * 2, FirstRow: 500, FirstLine: 1000}); d != want {
			t.Errorf("got %+v, want %+v", d, want)
		}
	}
	for row := 2; row <= size; row += 2 {
		if err := p.MarkExisting(t.Context(), person(row), "listed"); err != nil {
			t.Fatal(err)
		}
	}
	counts, err := p.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for row, err := range p.Findings(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, row.Row)
	}
	// Rows that are one person's with row 500 exist as that one does.
	if counts.Rows != size || counts.Existing != size/2 || len(found) != size/2 || !slices.IsSorted(found) || found[0] != 2 {
		t.Errorf("got %+v and %d findings", counts, len(found))
	}
}

// Duplicates are what a map would find.
func TestDuplicatesAgainstModel(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	rapid.Check(t, func(rt *rapid.T) {
		p, err := l.NewPlan(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = p.Close() }()
		first := make(map[int]int)
		var want []Duplicate
		for i, n := range rapid.SliceOf(rapid.IntRange(0, 8)).Draw(rt, "people") {
			row, digest := i+1, person(n)
			if n == 0 {
				digest = Digest{}
			}
			if err := p.Add(t.Context(), row, row+1, digest); err != nil {
				rt.Fatal(err)
			}
			if at, ok := first[n]; ok && n != 0 {
				want = append(want, Duplicate{Row: row, Line: row + 1, FirstRow: at, FirstLine: at + 1})
			} else {
				first[n] = row
			}
		}
		if got := all(t, p.Duplicates(t.Context())); !slices.Equal(got, want) {
			rt.Fatalf("got %v, want %v", got, want)
		}
	})
}

func scratchFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, planPrefix+"*"))
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
	addAll(t, p, person(1), person(2))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(dir, planPrefix+"123.db")
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
	addAll(t, p, person(1), person(1))
	openTest(t, l.dir)
	if got := all(t, p.Duplicates(t.Context())); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if counts, err := p.Resolve(t.Context()); err != nil || counts.Rows != 2 {
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
	addAll(t, p, person(1))
	if err := p.MarkExisting(t.Context(), person(1), "u1"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	for row := range p.Findings(t.Context()) {
		recordTest(t, run, Outcome{Row: row.Row, State: Failed, Message: strconv.Itoa(row.Row)})
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
	_, err := l.NewPlan(t.Context())
	reasonIs(t, err, Unwritable, l.dir)
	if !strings.Contains(err.Error(), EnvStateDir) {
		t.Errorf("got %q", err)
	}
}
