package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// DefaultMaxWait is the longest wait of a run that does not set one.
const DefaultMaxWait = 5 * time.Minute

// ErrWait is why a run ends that would have to wait longer than it may: for as
// long as the provider asks, or for a token server that does not respond. Every
// row that was not sent stays untried.
var ErrWait = errors.New("the wait is longer than max-wait allows")

// CheckWait returns an error that wraps [ErrWait] and the failure if the failure
// asks for a longer wait than this, and nil otherwise.
func CheckWait(failure error, longest time.Duration) error {
	wait := retryAfter(failure)
	if wait <= longest {
		return nil
	}
	return fmt.Errorf("%w (%s): the provider asks to wait %s: %w", ErrWait, longest, wait.Round(time.Second), failure)
}

// heed ends the run if what a request failed with takes longer than it may wait.
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

// outage returns for how long no access token could be had.
func (p *Pace) outage() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tokenless.IsZero() {
		return 0
	}
	return p.now().Sub(p.tokenless)
}

// noteOutage takes what a request failed with, nil if it did not.
func (p *Pace) noteOutage(failure error) {
	switch {
	case !errors.Is(failure, provider.ErrNoToken):
		p.tokenless = time.Time{}
	case p.tokenless.IsZero():
		p.tokenless = p.now()
	}
}
