package bulk

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bring-aboard/usher/pkg/provider"
)

// mostUnasked look-ups in a row without an answer end the settling: the
// provider cannot be reached, and each look-up waits for its time limit.
const mostUnasked = 5

// setAside keeps a row in doubt for later, or ends it where nobody can be asked.
func (r *run) setAside(ctx context.Context, t try) {
	if r.finder == nil {
		if t.Doubt && r.options.Resend && t.attempts == 0 {
			t.doubted = false
			r.send(ctx, t)
			return
		}
		r.end(ctx, t, t.err)
		return
	}
	r.mu.Lock()
	full := len(r.doubts) >= mostDoubts
	if !full {
		r.doubts = append(r.doubts, t)
	}
	r.mu.Unlock()
	if full {
		r.settle(ctx, t)
	}
}

// settleAll settles the rows in doubt, and those that come into doubt again
// while it does.
func (r *run) settleAll(ctx context.Context) {
	for {
		r.mu.Lock()
		doubts := r.doubts
		r.doubts = nil
		r.mu.Unlock()
		if len(doubts) == 0 {
			return
		}
		var workers errgroup.Group
		workers.SetLimit(r.options.Concurrency)
		for _, t := range doubts {
			workers.Go(func() error {
				r.settle(ctx, t)
				return nil
			})
		}
		_ = workers.Wait() // the workers return no error
	}
}

// settle asks the provider what came of a row: found means created; not found
// twice, a grace period apart, means that it may be sent again.
func (r *run) settle(ctx context.Context, t try) {
	var err error
	for range 2 {
		if wait := r.options.Grace - time.Since(t.since); wait > 0 {
			if r.options.Sleep(r.asking, wait) != nil {
				r.leave(ctx, t)
				return
			}
		}
		var user provider.User
		if user, err = r.find(ctx, t.Key); err == nil {
			r.exists(ctx, t, user)
			return
		}
		if provider.ClassOf(err) != provider.NotFound {
			t.err = errors.Join(t.err, err)
			r.leave(ctx, t)
			return
		}
		t.since = time.Now()
	}
	t.doubted, t.absent = false, true
	if t.attempts >= r.options.Sends {
		r.end(ctx, t, t.err)
		return
	}
	r.send(ctx, t)
}

// find looks a user up, again where a try got no answer: a look-up changes
// nothing.
func (r *run) find(ctx context.Context, key string) (provider.User, error) {
	var user provider.User
	var err error
	for attempt := 1; ; attempt++ {
		if r.unreachable() {
			return user, &provider.Error{Class: provider.Unsent, Op: "look the user up", Err: errors.New("the look-ups before it got no answer")}
		}
		if err := r.gate.enter(r.asking); err != nil {
			return user, &provider.Error{Class: provider.Unsent, Op: "look the user up", Err: err}
		}
		user, err = r.finder.Find(ctx, key)
		r.gate.leave()
		class := provider.ClassOf(err)
		r.asked(err == nil || class == provider.NotFound || class == provider.Busy)
		switch {
		case err == nil, class == provider.NotFound, class == provider.Invalid, class == provider.Conflict:
			return user, err
		case class == provider.Denied:
			r.breaker.bad(err)
			return user, err
		case attempt >= r.options.Sends:
			return user, err
		case class == provider.Busy:
			r.gate.busy(retryAfter(err))
		default:
			if r.options.Sleep(r.asking, backoff(attempt)) != nil {
				return user, err
			}
		}
	}
}

func (r *run) asked(answered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if answered {
		r.unasked = 0
		return
	}
	r.unasked++
}

func (r *run) unreachable() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unasked >= mostUnasked*r.options.Concurrency
}
