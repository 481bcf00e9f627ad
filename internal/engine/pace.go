package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	// headroom is the part of the asked-for rate that is used, so that jitter on
	// the way to the provider does not make it more.
	headroom = 0.98
	// tolerance is how late a request may wake up without the next one being late as well.
	tolerance = 10 * time.Millisecond
	// recheck bounds the time for which a wait is slept through: an answer that
	// is still on its way may change it.
	recheck = time.Second
)

// Pace decides when a request leaves: at most so many are under way at once, at
// most so many leave in a second, and none while the provider has asked for a
// pause. The number at once is halved when the provider is busy, and grows by
// one with each round of answers up to its bound. After a pause requests leave
// one by one. A Pace serves one run after the other, and is safe for concurrent
// use.
//
// A limiter that hands out reservations would not do: pauses and limits change
// while requests wait, so the one at the head of the queue looks again.
type Pace struct {
	head  chan struct{} // held by the request at the head of the queue
	freed chan struct{} // tells it that another request has come back

	mu       sync.Mutex
	most     float64       // the bound of limit
	gap      time.Duration // between two requests; 0 for no bound
	paused   func(time.Duration)
	sleep    func(context.Context, time.Duration) error
	skipped  time.Duration // that a sleep only pretended to wait
	limit    float64       // requests at once
	inFlight int
	next     time.Time // when the next request may leave
	halvedAt time.Time // when the limit was halved
	busy     int       // pauses in a row without an answer between them

	longest   time.Duration // that a quota may make requests wait; a refusal may ask for more
	tokenless time.Time     // since when there is no access token; zero if there is one

	resumeAt    time.Time // the end of a pause
	easeUntil   time.Time // until then after a pause, requests leave easeGap apart
	easeGap     time.Duration
	spreadUntil time.Time // until then, what the provider still allows is spread
	spreadGap   time.Duration
}

// NewPace makes a pace without bounds. A run that is given it sets them.
func NewPace() *Pace {
	return &Pace{
		head: make(chan struct{}, 1), freed: make(chan struct{}, 1),
		most: 1, limit: 1, longest: DefaultMaxWait, paused: func(time.Duration) {}, sleep: sleep,
	}
}

// begin sets the bounds of a run. It tells paused of every pause, also of the
// one that is on.
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

// end has nobody told of pauses any more.
func (p *Pace) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = func(time.Duration) {}
}

// acquire waits for a turn, in the order in which it was called. It gives the
// time at which the request leaves. Every successful enter is followed by one
// leave or answered.
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

// take lets the request at the head of the queue leave, or tells how long it
// must wait: 0 until another one comes back. Where it is a little late, the next
// one need not be.
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

// wait sleeps, and makes up for a sleep that only pretends.
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

// isPaused tells whether a pause began since the turn was given.
func (p *Pace) isPaused() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resumeAt.After(p.now())
}

// release gives a turn back that was not used.
func (p *Pace) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	p.signal()
}

// observe gives a turn back with what came of the request. A busy provider
// makes all wait: as long as it asks, or longer each time where it does not
// say. So does a token server that does not respond, and any other failure that
// asks to wait. Requests that left before the limit was halved do not halve it again.
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

// pause begins a pause or makes the one that is on longer. It gives 0 where that
// one lasts as long already. Afterwards the first requests leave one by one, for
// a tenth of the pause and a second at most.
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

// signal tells the head of the queue that a turn may be free.
func (p *Pace) signal() {
	select {
	case p.freed <- struct{}{}:
	default:
	}
}

// now is the clock, with the time that sleeps only pretended to wait.
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
