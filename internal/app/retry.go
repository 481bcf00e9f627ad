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

// The maximum number of retries: after a busy provider, and after a request that could not be sent or had an unusable
// response.
const (
	mostBusy   = 20
	mostFailed = 3
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
	for busy, failed := 0, 0; ; {
		result, err := request()
		if err == nil {
			return result, nil
		}
		if long := engine.CheckWait(err, longest); long != nil {
			return result, long
		}
		var pause time.Duration
		switch class := provider.ClassOf(err); {
		case class == provider.Busy && busy < mostBusy:
			busy++
			pause = max(askedPause(err), backoff(busy))
			fmt.Fprintf(a.Streams.Err, "Provider is busy; retrying in %s.\n", pause.Round(100*time.Millisecond))
		case class != provider.Busy && provider.IsWorthReading(err) && failed < mostFailed:
			failed++
			pause = max(askedPause(err), backoff(failed))
		default:
			return result, err
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

// backoff returns the wait before an attempt, from 0.5 to 30 seconds.
func backoff(attempt int) time.Duration {
	return min(30*time.Second, 500*time.Millisecond<<min(attempt-1, 6))
}

func askedPause(err error) time.Duration {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure.RetryAfter
	}
	return 0
}
