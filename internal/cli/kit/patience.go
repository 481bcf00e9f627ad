package kit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/provider"
)

// How often a request is made again that came to nothing: because the provider
// was busy, or because not a byte of it could be sent.
const (
	mostBusy   = 20
	mostUnsent = 3
)

// Patiently makes a request, and makes it again after a while where nothing can
// have come of it: the provider was busy, or not a byte was sent. It gives the
// last error where that was too often, and where the context ends.
func Patiently[T any](ctx context.Context, a *app.App, request func() (T, error)) (T, error) {
	return patiently(ctx, a, false, request)
}

// PatientlyRead is [Patiently] for what only reads: it is made again as well
// where the answer was lost on the way.
func PatientlyRead[T any](ctx context.Context, a *app.App, request func() (T, error)) (T, error) {
	return patiently(ctx, a, true, request)
}

func patiently[T any](ctx context.Context, a *app.App, reads bool, request func() (T, error)) (T, error) {
	for busy, unsent := 0, 0; ; {
		result, err := request()
		var pause time.Duration
		switch class := provider.ClassOf(err); {
		case err == nil:
			return result, nil
		case class == provider.Busy && busy < mostBusy:
			busy++
			pause = max(askedPause(err), backoff(busy))
			fmt.Fprintf(a.Streams.Err, "The provider is busy: the next try is in %s.\n", pause.Round(100*time.Millisecond))
		case (class == provider.Unsent || reads && isLost(err)) && unsent < mostUnsent:
			unsent++
			pause = backoff(unsent)
		default:
			return result, err
		}
		if Sleep(ctx, a, pause) != nil {
			return result, err
		}
	}
}

// isLost tells whether there was no answer at all.
func isLost(err error) bool {
	failure, ok := errors.AsType[*provider.Error](err)
	return ok && failure.Class == provider.Unknown && failure.Status == 0
}

// Sleep waits, or returns early with the context's error.
func Sleep(ctx context.Context, a *app.App, d time.Duration) error {
	if a.Sleep != nil {
		return a.Sleep(ctx, d)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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
