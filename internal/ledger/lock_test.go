package ledger

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestLockKeepsOthersOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, other := openTest(t, dir), openTest(t, dir)
	lock := lockTest(t, l, "sulu https://api.example.com")
	run := beginTest(t, l, lock)

	_, err := other.Lock(t.Context(), lock.Target())
	locked, ok := errors.AsType[*LockedError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if locked.Holder.PID != os.Getpid() || locked.Holder.Run != run.ID() || !locked.Holder.Since.Equal(lock.since) {
		t.Errorf("got %+v, want process %d, run %s, since %s", locked.Holder, os.Getpid(), run.ID(), lock.since)
	}
	for _, part := range []string{lock.Target(), run.ID()} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
	lockTest(t, other, "sulu https://other.example.com") // another target is free

	if holder, ok, err := other.Holder(lock.Target()); err != nil || !ok || holder.Run != run.ID() {
		t.Errorf("got %+v, %v, %v", holder, ok, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := other.Holder(lock.Target()); err != nil || ok {
		t.Errorf("got %v, %v after the release", ok, err)
	}
	lockTest(t, other, lock.Target())
}

func TestLockWithCancelledContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	l := openTest(t, t.TempDir())
	cancel()
	if _, err := l.Lock(ctx, "target"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestHolderOfUnknownTarget(t *testing.T) {
	t.Parallel()
	if _, ok, err := openTest(t, t.TempDir()).Holder("nobody's"); ok || err != nil {
		t.Errorf("got %v, %v", ok, err)
	}
}

// A lock file that cannot be read names nobody, and still keeps others out.
func TestLockFileWithGarbage(t *testing.T) {
	t.Parallel()
	l := openTest(t, t.TempDir())
	lock := lockTest(t, l, "target")
	if err := os.WriteFile(lock.path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := l.Lock(t.Context(), "target")
	locked, ok := errors.AsType[*LockedError](err)
	if !ok || locked.Holder != (Holder{}) {
		t.Errorf("got %v", err)
	}
}
