//go:build unix

package file

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/ledgertest"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Whatever is done to the files of a run, no intent stands from then on; what
// was sent can still be recorded, and read.
func TestLostLedger(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(dir string) error{
		"folder removed": os.RemoveAll,
		"folder moved":   func(dir string) error { return os.Rename(dir, dir+".moved") },
		"file removed":   func(dir string) error { return os.Remove(filepath.Join(dir, FileName)) },
		"file moved":     func(dir string) error { return os.Rename(filepath.Join(dir, FileName), filepath.Join(dir, "moved.db")) },
		"file replaced": func(dir string) error {
			path := filepath.Join(dir, FileName)
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path+".new", text, 0o600), os.Rename(path+".new", path))
		},
		"log removed":   func(dir string) error { return os.Remove(filepath.Join(dir, FileName+"-wal")) },
		"locks removed": func(dir string) error { return os.RemoveAll(filepath.Join(dir, locksFolder)) },
		"locks moved": func(dir string) error {
			return os.Rename(filepath.Join(dir, locksFolder), filepath.Join(dir, "other"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "state")
			l := openTest(t, dir)
			run := beginTest(t, l, lockTest(t, l, "target"))
			checkAnswers(t, run.Intend(t.Context(), ledger.Intent{Row: 1, Line: 2}))
			checkAnswers(t, lose(dir))
			if err := run.Intend(t.Context(), ledger.Intent{Row: 2, Line: 3}); !isLost(err) {
				t.Errorf("an intent after the loss: %v", err)
			}
			if err := run.Record(t.Context(), ledger.Outcome{Row: 1, Line: 2, State: rowstate.Created}); !isLost(err) {
				t.Errorf("an outcome after the loss: %v", err)
			}
			checkAnswers(t, run.Flush(t.Context()))
			past, err := l.Run(t.Context(), run.ID())
			checkAnswers(t, err)
			if rows := ledgertest.All(t, l.Rows(t.Context(), past)); len(rows) != 1 || rows[0].State != rowstate.Created {
				t.Errorf("the run has %+v", rows)
			}
			checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
		})
	}
}

func isLost(err error) bool {
	failure, ok := errors.AsType[*ledger.Error](err)
	return ok && (failure.Kind == ledger.Lost || failure.Kind == ledger.Unlocked)
}

// A ledger that another one has replaced is not mistaken for it, by a connection
// that is made later either.
func TestReplacedLedgerIsNotOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	held := make([]interface{ Close() error }, 0, 2)
	for range 2 { // all connections of the pool
		conn, err := l.db.Conn(t.Context())
		checkAnswers(t, err)
		held = append(held, conn)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		checkAnswers(t, os.Rename(filepath.Join(dir, FileName+suffix), filepath.Join(dir, "moved.db"+suffix)))
	}
	if _, err := l.Run(t.Context(), "last"); !isLost(err) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, FileName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new ledger was made: %v", err)
	}
	for _, conn := range held {
		checkAnswers(t, conn.Close())
	}
}

// A lock whose file was removed keeps others out as long as its process lives,
// and no longer.
func TestRemovedLockKeepsOthersOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	holder := start(t, "hold", dir, "TARGET=shared")
	said, _ := holder.read()
	checkAnswers(t, os.RemoveAll(filepath.Join(dir, locksFolder)))
	other := openTest(t, dir)
	_, err := other.lock(t.Context(), "shared")
	locked, ok := errors.AsType[*ledger.LockedError](err)
	if !ok || locked.Holder.Who != processName(holder.cmd.Process.Pid) || "run "+locked.Holder.Run != said {
		t.Fatalf("got %v; the child said %q", err, said)
	}
	holder.kill()
	beginTest(t, l, lockTest(t, other, "shared"))
}

// What was recorded of a lock goes with its run.
func TestLockIsTakenOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := openTest(t, dir)
	claims := func() (n int) {
		checkAnswers(t, l.db.QueryRowContext(t.Context(), `SELECT count(*) FROM locks`).Scan(&n))
		return n
	}
	lock := lockTest(t, l, "target")
	run := beginTest(t, l, lock)
	if claims() != 1 {
		t.Errorf("%d targets are held", claims())
	}
	checkAnswers(t, run.Finish(t.Context(), ledger.Summary{}))
	if claims() != 0 {
		t.Errorf("%d targets are held after the end", claims())
	}
	checkAnswers(t, lock.Release())
	if again := lockTest(t, l, "target"); again.name != lock.name {
		t.Errorf("the same file has the names %q and %q", lock.name, again.name)
	}
}

// The number of rows that were read is there before the first of them is sent.
func TestRowsRead(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	run, err := lockTest(t, l, "target").begin(t.Context(), ledger.RunInfo{Command: "import", Rows: 2000})
	checkAnswers(t, err)
	defer func() { _ = run.Close() }()
	if past := ledgertest.Past(t, l, run.ID()); past.Rows != 2000 {
		t.Errorf("%d rows were read", past.Rows)
	}
}
