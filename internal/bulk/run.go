package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// mostDoubts bounds the rows that are set aside at once, and with them the
// memory of a run; the rows beyond it are settled as they come.
const mostDoubts = 1000

// mostBusy is how often a provider may turn one row away before the row fails.
const mostBusy = 20

// Run gives every item an outcome and reports it, until the items end or the
// run stops: then it returns the reason ([ErrDenied], [ErrFailing],
// [ErrJournal], [ErrInterrupted], or the error that the items ended with), and
// the items that were not reported were not tried.
//
// Closing drain lets the requests under way finish and starts no more; a
// cancelled context ends those as well.
func Run(ctx context.Context, drain <-chan struct{}, client provider.Client, journal Journal, items iter.Seq2[Item, error], options Options) error {
	options = options.withDefaults()
	r := &run{
		client: client, journal: journal, options: options,
		gate: newGate(options), breaker: newBreaker(options),
	}
	r.finder, _ = client.(provider.Finder)
	stopWatching := r.watch(ctx, drain)
	r.each(r.queue(items), func(item Item) { r.handle(ctx, item) })
	r.settleAll(ctx)
	stopWatching()
	return r.breaker.why()
}

// watch ends the sending when the run stops, and the asking as well unless the
// run stopped only because too many rows failed: then the doubts that it
// leaves can still be settled.
func (r *run) watch(ctx context.Context, drain <-chan struct{}) (stop func()) {
	asking, endAsking := context.WithCancel(ctx)
	sending, endSending := context.WithCancel(asking)
	r.asking, r.sending = asking, sending
	finished := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		defer endAsking()
		select {
		case <-r.breaker.stopped:
			endSending()
			if !errors.Is(r.breaker.why(), ErrFailing) {
				return
			}
		case <-drain:
		case <-ctx.Done():
		case <-finished:
			return
		}
		select {
		case <-drain:
		case <-ctx.Done():
		case <-finished:
			return
		}
		r.breaker.stop(ErrInterrupted)
	})
	return func() {
		close(finished)
		watch.Wait()
		endSending()
	}
}

// run is the state of one run.
type run struct {
	client  provider.Client
	finder  provider.Finder // nil where the provider documents no look-up
	journal Journal
	options Options
	gate    *gate
	breaker *breaker
	sending context.Context // ends when nothing more may be sent
	asking  context.Context // ends when nothing more may be asked; not before sending ends

	reporting sync.Mutex

	mu      sync.Mutex
	doubts  []try
	unasked int // look-ups in a row that got no answer
}

// try is a row on its way, with what happened to it in this run.
type try struct {
	Item
	attempts int       // how often the create was sent
	turned   int       // how often the provider was too busy for it
	doubted  bool      // an earlier attempt may have made the user
	absent   bool      // an earlier attempt was lost, and the provider said twice that the user is not there
	since    time.Time // of the doubt
	err      error     // the latest reason
}

// queue hands the items out until they end or the run stops.
func (r *run) queue(items iter.Seq2[Item, error]) <-chan Item {
	queue := make(chan Item)
	go func() {
		defer close(queue)
		for item, err := range items {
			if err != nil {
				r.breaker.stop(err)
				return
			}
			select {
			case queue <- item:
			case <-r.breaker.stopped:
				return
			}
		}
	}()
	return queue
}

// each lets the workers handle the items until the queue is closed.
func (r *run) each(queue <-chan Item, handle func(Item)) {
	var workers sync.WaitGroup
	for range r.options.Concurrency {
		workers.Go(func() {
			for item := range queue {
				handle(item)
			}
		})
	}
	workers.Wait()
}

func (r *run) handle(ctx context.Context, item Item) {
	t := try{Item: item}
	if item.Doubt {
		t.doubted, t.err = true, errEarlier
		r.setAside(ctx, t)
		return
	}
	if r.options.LookFirst && r.finder != nil {
		user, err := r.find(ctx, item.Key)
		if err == nil {
			r.exists(ctx, t, user)
			return
		}
		if r.asking.Err() != nil {
			return
		}
		if provider.ClassOf(err) != provider.NotFound {
			r.refuse(ctx, t, fmt.Errorf("nothing was sent: whether the user exists cannot be told: %w", err))
			return
		}
	}
	r.send(ctx, t)
}

// errEarlier is the reason of a doubt that an earlier run left.
var errEarlier = errors.New("an earlier run sent this row and never learned what came of it")

// send sends the create until there is something to say about the row.
func (r *run) send(ctx context.Context, t try) {
	for {
		if err := r.gate.enter(r.sending); err != nil {
			r.leave(ctx, t)
			return
		}
		if err := r.journal.Intend(ctx, t.Item); err != nil {
			r.gate.leave()
			r.breaker.stop(fmt.Errorf("%w: %w", ErrJournal, err))
			r.leave(ctx, t)
			return
		}
		t.attempts++
		user, err := r.client.Create(ctx, t.Record)
		r.gate.leave()

		switch follow(err) {
		case done:
			r.gate.succeeded()
			r.breaker.good()
			r.finish(ctx, Outcome{Item: t.Item, State: Created, User: user, Attempts: t.attempts})
			return
		case fail, stopRun:
			r.refuse(ctx, t, err)
			return
		case lookUp:
			r.conflict(ctx, t, err)
			return
		case setAside:
			r.breaker.gone(err)
			t.doubted, t.since, t.err = true, time.Now(), err
			r.setAside(ctx, t)
			return
		case again:
			if !r.wait(ctx, &t, err) {
				return
			}
		}
	}
}

// wait prepares a row that provably did not happen for being sent again, and
// tells whether it should be.
func (r *run) wait(ctx context.Context, t *try, err error) bool {
	t.err = err
	r.note(ctx, Outcome{Item: t.Item, State: r.stateOf(*t), Err: err, Attempts: t.attempts})
	if provider.ClassOf(err) == provider.Busy {
		t.turned++
		r.gate.busy(retryAfter(err))
		if t.turned >= mostBusy {
			r.refuse(ctx, *t, err)
			return false
		}
		return true
	}
	if t.attempts-t.turned >= r.options.Sends {
		r.refuse(ctx, *t, err)
		return false
	}
	if r.options.Sleep(r.sending, backoff(t.attempts)) != nil {
		r.leave(ctx, *t)
		return false
	}
	return true
}

// stateOf is the state of a row whose latest attempt did not happen.
func (r *run) stateOf(t try) State {
	if t.doubted {
		return Unknown
	}
	return Failed
}

// refuse ends a row that was turned away, by the provider or on the way to it.
func (r *run) refuse(ctx context.Context, t try, err error) {
	switch provider.ClassOf(err) {
	case provider.Unsent, provider.Unknown:
		r.breaker.gone(err)
	default:
		r.breaker.bad(err)
	}
	r.end(ctx, t, err)
}

// end ends a row without a user, as far as is known.
func (r *run) end(ctx context.Context, t try, err error) {
	r.finish(ctx, Outcome{Item: t.Item, State: r.stateOf(t), Err: err, Attempts: t.attempts})
}

// leave ends a row whose turn the run's end took away. Where nothing of it can
// have happened it stays untried and goes unreported.
func (r *run) leave(ctx context.Context, t try) {
	if t.doubted || t.absent {
		r.end(ctx, t, t.err)
	}
}

// conflict asks whether it is this person who exists already.
func (r *run) conflict(ctx context.Context, t try, conflict error) {
	if r.finder == nil {
		r.exists(ctx, t, provider.User{})
		return
	}
	user, err := r.find(ctx, t.Key)
	switch {
	case err == nil:
		r.exists(ctx, t, user)
	case provider.ClassOf(err) == provider.NotFound:
		r.refuse(ctx, t, fmt.Errorf("%w; nobody has this key, so another user holds a value that must be unique", conflict))
	default:
		r.refuse(ctx, t, fmt.Errorf("%w; whether it is this user cannot be told: %w", conflict, err))
	}
}

// exists ends a row whose user the provider has. Where an earlier attempt of
// this row was in doubt, that attempt made the user.
func (r *run) exists(ctx context.Context, t try, user provider.User) {
	r.breaker.good()
	outcome := Outcome{Item: t.Item, State: Existing, User: user, Attempts: t.attempts}
	switch {
	case t.doubted, t.absent:
		outcome.State, outcome.Settled = Created, true
	case r.options.Exists == FailExisting:
		outcome.State = Failed
		outcome.Err = &provider.Error{Class: provider.Conflict, Op: "create the user", Err: errors.New("the user exists already")}
	}
	r.finish(ctx, outcome)
}

// finish records and reports a final outcome.
func (r *run) finish(ctx context.Context, outcome Outcome) {
	r.note(ctx, outcome)
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.options.Report(outcome)
}

// note records an outcome. An interrupt must not lose it.
func (r *run) note(ctx context.Context, outcome Outcome) {
	if err := r.journal.Record(context.WithoutCancel(ctx), outcome); err != nil {
		r.breaker.stop(fmt.Errorf("%w: %w", ErrJournal, err))
	}
}

func retryAfter(err error) time.Duration {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure.RetryAfter
	}
	return 0
}
