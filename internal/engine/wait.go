package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// DefaultMaxWait is the longest wait of a run that does not set one.
const DefaultMaxWait = 5 * time.Minute

// ErrWait is why a run ends that would have to wait longer than it may: because the provider requires it, or
// because a token server does not respond. Rows that were not sent are not tried.
var ErrWait = errors.New("max-wait exceeded")

// CheckWait returns an error that wraps [ErrWait] and the failure if the failure requires a longer wait than this,
// and nil otherwise.
func CheckWait(failure error, longest time.Duration) error {
	wait := retryAfter(failure)
	if wait <= longest {
		return nil
	}
	return fmt.Errorf("%w (%s): the provider requires a wait of %s: %w", ErrWait, longest, wait.Round(time.Second), failure)
}

// heed ends the run if the failure of a request requires a longer wait than the run may make.
func (r *run) heed(failure error) {
	if failure == nil {
		return
	}
	reason := CheckWait(failure, r.options.MaxWait)
	if lasted := r.pace.outage(); reason == nil && lasted > r.options.MaxWait {
		reason = fmt.Errorf("%w (%s): no access token for %s: %w", ErrWait, r.options.MaxWait, lasted.Round(time.Second), failure)
	}
	if reason != nil {
		r.breaker.stop(reason)
	}
}

// outage returns how long there has been no access token.
func (p *Pace) outage() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tokenless.IsZero() {
		return 0
	}
	return p.now().Sub(p.tokenless)
}

// noteOutage notes the result of a request, nil for success.
func (p *Pace) noteOutage(failure error) {
	switch {
	case !errors.Is(failure, provider.ErrNoToken):
		p.tokenless = time.Time{}
	case p.tokenless.IsZero():
		p.tokenless = p.now()
	}
}
