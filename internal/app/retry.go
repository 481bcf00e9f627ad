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

// How often a request is made again: because the provider was busy, or because it
// could not be sent or its response was no use.
const (
	mostBusy   = 20
	mostFailed = 3
)

// MaxWait returns the longest time that a command waits for the provider to
// accept requests again, for as long as it asks or for want of an access token.
func MaxWait(profile *config.Profile) time.Duration {
	wait, _ := profile.Duration("max-wait")
	return max(wait, 1) // 0 is no wait at all
}

// Retry reads, and reads again after a while if the provider was busy or failed, if
// not a byte was sent, and if the response was lost or cut off. It returns the last
// error if that was too often and if the context ends, and one that wraps
// [engine.ErrWait] if the provider asks for a longer wait than this.
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
			fmt.Fprintf(a.Streams.Err, "The provider is busy: the next try is in %s.\n", pause.Round(100*time.Millisecond))
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

// Sleep waits, or returns an error if the context ends before.
func Sleep(ctx context.Context, a *App, d time.Duration) error {
	return engine.Options{Sleep: a.Sleep}.Wait(ctx, d)
}

// backoff grows from half a second to half a minute.
func backoff(attempt int) time.Duration {
	return min(30*time.Second, 500*time.Millisecond<<min(attempt-1, 6))
}

func askedPause(err error) time.Duration {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure.RetryAfter
	}
	return 0
}
