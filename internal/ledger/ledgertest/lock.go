package ledgertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
)

func testLockKeepsOthersOut(t *testing.T, fresh Fresh) {
	t.Parallel()
	open := fresh(t)
	l, other := closing(t, open), closing(t, open)
	const target = "sulu https://api.example.com"
	before := time.Now().Add(-time.Second)
	lock := Lock(t, l, target)
	run := Begin(t, lock)

	_, err := other.Lock(t.Context(), target)
	locked, ok := errors.AsType[*ledger.LockedError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if locked.Holder.Who == "" || locked.Holder.Run != run.ID() || locked.Holder.Since.Before(before) {
		t.Errorf("got %+v, want run %s, since the test began", locked.Holder, run.ID())
	}
	for _, part := range []string{target, run.ID(), locked.Holder.Who} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not name %s", err, part)
		}
	}
	Lock(t, other, "sulu https://other.example.com") // another target is free

	if holders, err := other.Holders(t.Context(), target); err != nil || len(holders) != 1 || holders[0].Run != run.ID() {
		t.Errorf("got %+v, %v", holders, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if holders, err := other.Holders(t.Context(), target); err != nil || len(holders) != 0 {
		t.Errorf("got %v, %v after the release", holders, err)
	}
	Lock(t, other, target)
}

func testLockWithCancelledContext(t *testing.T, fresh Fresh) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	l := fresh.open(t)
	cancel()
	if _, err := l.Lock(ctx, "target"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func testHolderOfUnknownTarget(t *testing.T, fresh Fresh) {
	t.Parallel()
	if holders, err := fresh.open(t).Holders(t.Context(), "unlocked"); len(holders) != 0 || err != nil {
		t.Errorf("got %v, %v", holders, err)
	}
}
