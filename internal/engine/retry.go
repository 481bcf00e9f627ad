package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// mostBusy is how often a provider may turn one request away before it is given up.
const mostBusy = 20

// tries counts how often a request did not come through.
type tries struct {
	failed int // unsent, or the answer was lost
	turned int // the provider was too busy
}

// exhausted counts one more, and tells whether that is enough. A missing access
// token is no failure of the request: how long it may be missing is up to heed.
func (n *tries) exhausted(err error, most int) bool {
	if errors.Is(err, provider.ErrNoToken) {
		return false
	}
	if provider.ClassOf(err) == provider.Busy {
		n.turned++
		return n.turned >= mostBusy
	}
	n.failed++
	return n.failed >= most
}

// rest waits before a request is repeated. A busy provider makes everybody wait
// at the pace, so there is nothing more to wait for here. It returns early where
// the context ends: the pace says so too.
func (r *run) rest(ctx context.Context, n tries, err error) {
	if provider.ClassOf(err) != provider.Busy && !errors.Is(err, provider.ErrNoToken) {
		_ = r.options.Sleep(ctx, backoff(n.failed))
	}
}

// backoff grows from half a second to half a minute, with jitter.
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
