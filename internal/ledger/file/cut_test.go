package file

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// cutRows is how many rows the run has that is cut in these tests.
const cutRows = 400

// killedLedger returns the ledger's files as a process leaves them that is killed
// after so many rows, a commit each, of which some are moved into the file.
func killedLedger(t *testing.T) (files map[string][]byte) {
	t.Helper()
	dir := t.TempDir()
	l := openTest(t, dir)
	run := beginTest(t, l, lockTest(t, l, "target"))
	if _, err := run.writer.conn.ExecContext(t.Context(), "PRAGMA wal_autocheckpoint = 300"); err != nil {
		t.Fatal(err)
	}
	for row := 1; row <= cutRows; row++ {
		ledgertest.RecordAll(t, run, ledger.Outcome{Row: row, Line: row + 1, Digest: ledgertest.Person(row), State: rowstate.Created, UserID: strconv.Itoa(row)})
	}
	files = map[string][]byte{}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(filepath.Join(dir, FileName+suffix))
		if err != nil || len(content) == 0 {
			t.Fatalf("%s: %d bytes, %v", suffix, len(content), err)
		}
		files[suffix] = content
	}
	return files
}

// useCut uses a copy of the files of which one is cut off.
func useCut(t *testing.T, files map[string][]byte, cut string, size int) (rows int, err error) {
	t.Helper()
	dir := t.TempDir()
	for suffix, content := range files {
		if suffix == cut {
			content = content[:size]
		}
		if err := os.WriteFile(filepath.Join(dir, FileName+suffix), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return useDamaged(t, dir)
}

// A ledger that is cut off anywhere is refused, or has every row. One whose log
// is cut off is refused, or is whole as it was some commits before. The memory
// beside it holds nothing that is needed.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	files := killedLedger(t)
	refused, earlier, places := 0, 0, 0
	for suffix, content := range files {
		for _, size := range cuts(len(content)) {
			places++
			rows, err := useCut(t, files, suffix, size)
			switch {
			case err != nil && !is[*ledger.Error](err):
				t.Errorf("%d bytes of ledger.db%s: the failure has no class: %v", size, suffix, err)
			case err != nil:
				refused++
			case suffix == "-wal" && rows < cutRows:
				earlier++
			case rows != cutRows:
				t.Errorf("%d bytes of ledger.db%s: %d rows of %d were read without a complaint", size, suffix, rows, cutRows)
			}
		}
	}
	t.Logf("%d places: %d refused, %d at an earlier moment", places, refused, earlier)
	if places < 100 || refused == 0 || earlier == 0 {
		t.Error("this test tests too little")
	}
}

// cuts lists sizes at which a file is cut off: at, before and after each of some
// pages, and in the midst of others.
func cuts(size int) (sizes []int) {
	step := max(filePage, size/filePage/15*filePage)
	for at := 0; at < size; at += step {
		for _, near := range []int{at - 1, at, at + 1, at + filePage/3} {
			if near >= 0 && near < size {
				sizes = append(sizes, near)
			}
		}
	}
	return sizes
}
