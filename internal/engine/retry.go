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

// tries counts the retries of a request.
type tries struct {
	failed int // unsent, or the response was lost
	turned int // the provider was too busy
}

// exhausted counts one more retry, and reports whether the limit is reached. A missing access token is not
// counted; the longest wait of a run limits how long it may be missing.
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

// rest waits before a request is repeated. If the provider is busy, the pace already delays all requests. It
// returns early if the context ends.
func (r *run) rest(ctx context.Context, n tries, err error) {
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
