package file

import (
	"fmt"
	"os"
	"testing"

	"github.com/bring-aboard/usher/internal/ledger"
)

// openTest opens a ledger that is closed with the test.
func openTest(t testing.TB, dir string) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// lockTest takes hold of a target until the test ends.
func lockTest(t testing.TB, l *Ledger, target string) *Lock {
	t.Helper()
	lock, err := l.lock(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Release() })
	return lock
}

// beginTest begins a run that ends with the test.
func beginTest(t testing.TB, l *Ledger, lock *Lock) *Run {
	t.Helper()
	run, err := lock.begin(t.Context(), ledger.RunInfo{Command: "import"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Close() })
	return run
}

// thisProcess is how a holder is called who is this process.
func thisProcess() string { return processName(os.Getpid()) }

// processName is how a holder is called who is a process.
func processName(pid int) string { return fmt.Sprintf("process %d", pid) }

// keyOf reads the key of a ledger's digests.
func keyOf(t testing.TB, l *Ledger) (key []byte) {
	t.Helper()
	checkAnswers(t, l.db.QueryRowContext(t.Context(), "SELECT value FROM meta WHERE name = 'digest key'").Scan(&key))
	return key
}

func checkAnswers(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
