package bulk

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// gate lets requests through: at most limit at once, at most so many a second,
// and none while the provider has asked for a pause. The limit is halved when
// the provider is busy and grows by one a round of successes, up to the bound.
type gate struct {
	options Options
	limiter *rate.Limiter

	mu        sync.Mutex
	changed   chan struct{} // closed and replaced whenever a waiter may have a chance
	limit     float64
	inFlight  int
	resumeAt  time.Time
	throttles int // in a row, without a success between
}

func newGate(options Options) *gate {
	limiter := rate.NewLimiter(rate.Inf, 1)
	if options.Rate > 0 {
		limiter = rate.NewLimiter(rate.Limit(options.Rate), 1)
	}
	return &gate{options: options, limiter: limiter, changed: make(chan struct{}), limit: float64(options.Concurrency)}
}

// enter waits for a turn. Every successful enter is followed by one leave.
func (g *gate) enter(ctx context.Context) error {
	for {
		g.mu.Lock()
		pause := time.Until(g.resumeAt)
		if pause <= 0 && g.inFlight < max(1, int(g.limit)) {
			g.inFlight++
			g.mu.Unlock()
			if err := g.limiter.Wait(ctx); err != nil {
				g.leave()
				return err
			}
			if !g.paused() {
				return nil
			}
			g.leave()
			continue
		}
		changed := g.changed
		g.mu.Unlock()
		if pause > 0 {
			// A little apart, so that the workers do not come back as one.
			if err := g.options.Sleep(ctx, pause+rand.N(50*time.Millisecond)); err != nil {
				return err
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// paused tells whether a pause began while a turn was waited for.
func (g *gate) paused() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Now().Before(g.resumeAt)
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	g.wake()
}

// busy makes all wait: as long as the provider asked, or longer each time
// where it did not say. Answers to requests that left before the pause began
// do not halve the limit again.
func (g *gate) busy(retryAfter time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if now.After(g.resumeAt) {
		g.limit = max(1, g.limit/2)
		g.throttles++
	}
	if retryAfter <= 0 {
		retryAfter = backoff(g.throttles)
	}
	if resumeAt := now.Add(retryAfter); resumeAt.After(g.resumeAt) {
		g.resumeAt = resumeAt
		g.options.Throttled(retryAfter)
	}
}

// succeeded lets the limit grow.
func (g *gate) succeeded() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.throttles = 0
	if most := float64(g.options.Concurrency); g.limit < most {
		g.limit = min(most, g.limit+1/g.limit)
		g.wake()
	}
}

func (g *gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// backoff grows from half a second to half a minute, with jitter.
func backoff(attempt int) time.Duration {
	base := min(30*time.Second, 500*time.Millisecond<<min(max(attempt-1, 0), 6))
	return base/2 + rand.N(base)/2
}
