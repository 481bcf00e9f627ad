package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// mostBusy is how often a provider may be too busy for one request before it fails.
const mostBusy = 20

// Retries counts the retries of one request, and has the waits before them.
type Retries struct {
	failed int // unsent, or the response was lost
	turned int // the provider was too busy
}

// Exhausted counts one more failure, and reports whether it is the last: most failures that are not of class
// [provider.Busy], or 20 that are.
func (n *Retries) Exhausted(err error, most int) bool {
	if provider.ClassOf(err) == provider.Busy {
		n.turned++
		return n.turned >= mostBusy
	}
	n.failed++
	return n.failed >= most
}

// Pause returns the wait before the next attempt: what the provider asked for, or a backoff if that is longer.
func (n *Retries) Pause(err error) time.Duration {
	attempt := n.failed
	if provider.ClassOf(err) == provider.Busy {
		attempt = n.turned
	}
	return max(retryAfter(err), backoff(attempt))
}

// exhausted is [Retries] Exhausted in a run. A missing access token is not counted; the longest wait of a run limits
// how long it may be missing.
func (r *run) exhausted(n *Retries, err error) bool {
	return !errors.Is(err, provider.ErrNoToken) && n.Exhausted(err, r.options.Sends)
}

// rest waits before a request is repeated. If the provider is busy, the pace already delays all requests. It
// returns early if the context ends.
func (r *run) rest(ctx context.Context, n Retries, err error) {
	if provider.ClassOf(err) != provider.Busy && !errors.Is(err, provider.ErrNoToken) {
		_ = r.options.Sleep(ctx, backoff(n.failed))
	}
}

// backoff returns a wait that grows from half a second to half a minute, with jitter.
func backoff(attempt int) time.Duration {
	base := min(30*time.Second, 500*time.Millisecond<<min(max(attempt-1, 0), 6))
	return base/2 + rand.N(base)/2
}

func retryAfter(err error) time.Duration {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure.RetryAfter
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
