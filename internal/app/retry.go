package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/pkg/provider"
)

// MaxWait returns the longest time that a command waits until the provider accepts requests again.
func MaxWait(profile *config.Profile) time.Duration {
	wait, _ := profile.Duration("max-wait")
	return max(wait, 1) // 0 would be the default
}

// Retry calls a read, and retries it after a wait if the provider was busy or failed, if nothing was sent, or if the
// response was lost or truncated. It returns the last error after too many attempts or if the context ends, and one that
// wraps [engine.ErrWait] if the provider requests a longer wait than longest.
func Retry[T any](ctx context.Context, a *App, longest time.Duration, request func() (T, error)) (T, error) {
	for retries := (engine.Retries{}); ; {
		result, err := request()
		if err == nil {
			return result, nil
		}
		if long := engine.CheckWait(err, longest); long != nil {
			return result, long
		}
		busy := provider.ClassOf(err) == provider.Busy
		if !busy && !provider.IsWorthReading(err) || retries.Exhausted(err, engine.DefaultSends) {
			return result, err
		}
		pause := retries.Pause(err)
		if busy {
			fmt.Fprintf(a.Streams.Err, "Provider is busy; retrying in %s.\n", pause.Round(100*time.Millisecond))
		}
		if Sleep(ctx, a, pause) != nil {
			return result, err
		}
	}
}

// Sleep waits, or returns the error of the context if it ends earlier.
func Sleep(ctx context.Context, a *App, d time.Duration) error {
	return engine.Options{Sleep: a.Sleep}.Wait(ctx, d)
}

func askedPause(err error) time.Duration {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure.RetryAfter
	}
	return 0
}
