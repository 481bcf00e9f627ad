package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"testing"
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
	lock, err := l.Lock(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Release() })
	return lock
}

// beginTest begins a run that ends with the test.
func beginTest(t testing.TB, l *Ledger, lock *Lock) *Run {
	t.Helper()
	run, err := l.Begin(t.Context(), lock, RunInfo{Command: "import"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = run.Close() })
	return run
}

// recordTest records outcomes and has them durable.
func recordTest(t testing.TB, run *Run, outcomes ...Outcome) {
	t.Helper()
	for _, outcome := range outcomes {
		if err := run.Record(t.Context(), outcome); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// past gives a run as the ledger remembers it.
func past(t testing.TB, l *Ledger, id string) PastRun {
	t.Helper()
	run, err := l.Run(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// all gathers what a sequence yields.
func all[T any](t testing.TB, items iter.Seq2[T, error]) []T {
	t.Helper()
	var gathered []T
	for item, err := range items {
		if err != nil {
			t.Fatal(err)
		}
		gathered = append(gathered, item)
	}
	return gathered
}

// person gives a digest for a made-up person, the same in every ledger.
func person(n int) Digest {
	var number [8]byte
	binary.BigEndian.PutUint64(number[:], uint64(n))
	sum := sha256.Sum256(number[:])
	return Digest(sum[:len(Digest{})])
}
