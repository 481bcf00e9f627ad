package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	// headroom is the used part of the maximum rate, so that jitter on the way to the provider does not exceed it.
	headroom = 0.98
	// tolerance is how late a request may be without delaying the next one.
	tolerance = 10 * time.Millisecond
	// recheck is the maximum length of one sleep, because a response that is still to come may change the wait.
	recheck = time.Second
)

// Pace decides when a request is sent: at most so many are in progress, at most so many are sent in a second, and
// none during a pause that the provider requires. The number in progress is halved if the provider is busy, and
// grows by one with each round of responses up to its maximum. After a pause requests are sent one by one. A Pace
// can be used for several runs in sequence, and is safe for concurrent use.
//
// A limiter with reservations is not sufficient: pauses and limits change while requests wait, so the first one in
// the queue checks again.
type Pace struct {
	head  chan struct{} // locked by the first request in the queue
	freed chan struct{} // signals that another request has ended

	mu       sync.Mutex
	most     float64       // the maximum of limit
	gap      time.Duration // between two requests; 0 for no limit
	paused   func(time.Duration)
	sleep    func(context.Context, time.Duration) error
	skipped  time.Duration // that sleeps only pretended to wait
	limit    float64       // concurrent requests
	inFlight int
	next     time.Time // when the next request may be sent
	halvedAt time.Time // when the limit was halved
	busy     int       // consecutive pauses without a response between them

	longest   time.Duration // that a quota may delay requests; a busy response may require more
	tokenless time.Time     // since when there is no access token; zero if there is one

	resumeAt    time.Time // the end of a pause
	easeUntil   time.Time // until then after a pause, requests are sent easeGap apart
	easeGap     time.Duration
	spreadUntil time.Time // until then, the remaining quota is spread
	spreadGap   time.Duration
}

// NewPace returns a new pace without limits. The run sets them.
func NewPace() *Pace {
	return &Pace{
		head: make(chan struct{}, 1), freed: make(chan struct{}, 1),
		most: 1, limit: 1, longest: DefaultMaxWait, paused: func(time.Duration) {}, sleep: sleep,
	}
}

// begin sets the limits of a run. It calls paused for every pause, including the current one.
func (p *Pace) begin(options Options, paused func(time.Duration)) {
	p.mu.Lock()
	p.most, p.limit = float64(options.Concurrency), float64(options.Concurrency)
	p.gap, p.sleep, p.paused = 0, options.Sleep, paused
	p.longest = options.MaxWait
	if options.Rate > 0 {
		p.gap = time.Duration(float64(time.Second) / (headroom * options.Rate))
	}
	left := p.resumeAt.Sub(p.now())
	p.mu.Unlock()
	if left > 0 {
		paused(left)
	}
}

// end ends the calls of paused.
func (p *Pace) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = func(time.Duration) {}
}

// acquire waits for a turn, in the order of the calls. It returns the time at which the request is sent. Every
// successful acquire is followed by one leave or answered.
func (p *Pace) acquire(ctx context.Context) (left time.Time, err error) {
	select {
	case p.head <- struct{}{}:
	case <-ctx.Done():
		return left, ctx.Err()
	}
	defer func() { <-p.head }()
	for {
		if err := ctx.Err(); err != nil {
			return left, err
		}
		left, wait, ok := p.take()
		switch {
		case ok:
			return left, nil
		case wait > 0:
			if err := p.wait(ctx, min(wait, recheck)); err != nil {
				return left, err
			}
		default:
			select {
			case <-p.freed:
			case <-ctx.Done():
			}
		}
	}
}

// take lets the first request in the queue pass, or returns how long it must wait: 0 until another one ends. A
// request that is slightly late does not delay the next one.
func (p *Pace) take() (left time.Time, wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if wait := later(p.resumeAt, p.next).Sub(now); wait > 0 {
		return now, wait, false
	}
	if p.inFlight >= max(1, int(p.limit)) {
		return now, 0, false
	}
	p.inFlight++
	due := later(later(p.next, p.resumeAt), now.Add(-tolerance))
	p.next = due.Add(p.gap)
	if now.Before(p.easeUntil) {
		p.next = later(p.next, now.Add(p.easeGap))
	}
	if now.Before(p.spreadUntil) {
		p.next = later(p.next, earlier(now.Add(p.spreadGap), p.spreadUntil))
	}
	return now, 0, true
}

// wait sleeps, and adds the difference if the sleep only pretends.
func (p *Pace) wait(ctx context.Context, d time.Duration) error {
	began := time.Now()
	if err := p.sleep(ctx, d); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skipped += max(0, d-time.Since(began))
	return nil
}

// isPaused reports whether a pause began since the turn was granted.
func (p *Pace) isPaused() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resumeAt.After(p.now())
}

// release returns a turn that was not used.
func (p *Pace) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	p.signal()
}

// observe returns a turn with the result of the request. A busy provider delays all requests: for the required
// time, or longer each time if it requires none. A token server that does not respond does the same, and any other
// failure that requires a wait. Requests that were sent before the limit was halved do not halve it again.
func (p *Pace) observe(left time.Time, err error) {
	p.mu.Lock()
	p.inFlight--
	p.signal()
	p.noteOutage(err)
	var pause time.Duration
	switch class := provider.ClassOf(err); {
	case err == nil, class == provider.NotFound, class == provider.Invalid, class == provider.Conflict:
		p.busy = 0
		p.limit = min(p.most, p.limit+1/p.limit)
	case class == provider.Busy, errors.Is(err, provider.ErrNoToken):
		now := p.now()
		if left.After(p.halvedAt) {
			p.halvedAt, p.limit = now, max(1, p.limit/2)
			p.busy++
		}
		wait := retryAfter(err)
		if wait <= 0 {
			wait = backoff(p.busy)
		}
		pause = p.pause(now, min(wait, p.longest))
	default:
		pause = p.pause(p.now(), min(retryAfter(err), p.longest))
	}
	tell := p.paused
	p.mu.Unlock()
	if pause > 0 {
		tell(pause)
	}
}

// pause begins a pause or extends the current one. It returns 0 if the current one is long enough. Afterwards the
// first requests are sent one by one, for a tenth of the pause and at most a second.
func (p *Pace) pause(now time.Time, pause time.Duration) time.Duration {
	until := now.Add(pause)
	if !until.After(p.resumeAt) {
		return 0
	}
	easing := min(pause/10, time.Second)
	p.resumeAt, p.easeUntil = until, until.Add(easing)
	p.easeGap = easing / time.Duration(max(1, int(p.limit)))
	return pause
}

// signal tells the first request in the queue that a turn may be available.
func (p *Pace) signal() {
	select {
	case p.freed <- struct{}{}:
	default:
	}
}

// now returns the time of the clock, with the time that sleeps only pretended to wait.
func (p *Pace) now() time.Time { return time.Now().Add(p.skipped) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
