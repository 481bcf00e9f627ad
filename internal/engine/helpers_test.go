package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// No goroutine survives a run.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// expectNone fails for each thing that was done wrong.
func expectNone(t *testing.T, violations ...[]string) {
	t.Helper()
	for _, violation := range slices.Concat(violations...) {
		t.Error(violation)
	}
}

// timeLimit gives a context that is cancelled after a time.
func timeLimit(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(d, cancel)
	return ctx, func() {
		timer.Stop()
		cancel()
	}
}

// closedAfter gives a channel that is closed after a time.
func closedAfter(d time.Duration) (closed <-chan struct{}, stop func() bool) {
	channel := make(chan struct{})
	return channel, time.AfterFunc(d, func() { close(channel) }).Stop
}

// pretend is a sleep that takes no time.
func pretend(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func repeat(what fate, n int) []fate { return slices.Repeat([]fate{what}, n) }
