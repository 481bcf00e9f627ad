package bulk

import (
	"cmp"
	"context"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Run gives every item an outcome and reports it, until the items end or the
// run stops: then it returns the reason ([ErrDenied], [ErrFailing],
// [ErrJournal] or [ErrInterrupted]), or else the error that the items ended
// with. What was not reported was not tried: the journal holds no intent of it.
//
// Items are pulled one at a time, by several goroutines. Those in doubt that
// come first are settled before any other is sent; those that come later are
// settled with the rows that come into doubt during the run. Keys are unique.
//
// Closing drain lets the requests under way finish and starts no more; a
// cancelled context ends those as well. No goroutine outlives Run.
func Run(ctx context.Context, drain <-chan struct{}, client provider.Client, journal Journal, items iter.Seq2[Item, error], options Options) error {
	r := newRun(ctx, client, options)
	r.journal = journal
	unwatch := r.watch(drain)
	defer unwatch()
	r.pace.begin(r.options, r.throttled)
	defer r.pace.end()
	fresh := newSource(items)
	defer fresh.close()

	for {
		each(r.options.Concurrency, func() (Item, bool) { return r.next(fresh) }, r.handle)
		r.settleAll()
		if fresh.ended || r.sending.Err() != nil {
			return cmp.Or(r.breaker.why(), fresh.err)
		}
	}
}

// run is the state of one run.
type run struct {
	create  func(context.Context, schema.Record) (provider.User, error)
	finder  provider.Finder // nil where the provider documents no look-up
	journal Journal
	options Options
	pace    *Pace
	breaker *breaker
	shelf   shelf

	reporting sync.Mutex

	// Only requests end with the caller's context itself. What is sent must be
	// recorded, and what ends the sending is always a reason that the breaker knows.
	requests  context.Context
	recording context.Context // never ends
	sending   context.Context // ends when nothing more may be sent
	asking    context.Context // ends when nothing more may be asked; not before sending does
}

func newRun(ctx context.Context, client provider.Client, options Options) *run {
	r := &run{create: rescuedCreate(client), options: options.withDefaults(), requests: ctx, recording: context.WithoutCancel(ctx)}
	r.finder, _ = client.(provider.Finder)
	r.pace = r.options.Pace
	r.breaker = &breaker{maxFailures: options.MaxFailures, maxLost: options.MaxLost, change: options.Change}
	r.asking, r.breaker.endAsking = context.WithCancel(r.recording)
	r.sending, r.breaker.endSending = context.WithCancel(r.asking)
	if batcher, ok := client.(provider.Batcher); ok && r.options.Batch > 1 {
		collecting := &batches{single: r.create, batch: rescuedBatch(batcher), size: r.options.Batch, holds: func() bool { return r.sending.Err() != nil || r.pace.isPaused() }}
		r.create = collecting.create
	}
	return r
}

// watch stops the run when the caller wants it to end. What wants so already is
// seen before watch returns.
func (r *run) watch(drain <-chan struct{}) (unwatch func()) {
	finished := make(chan struct{})
	var watch sync.WaitGroup
	select {
	case <-drain:
		r.breaker.stop(ErrInterrupted)
	case <-r.requests.Done():
		r.breaker.stop(ErrInterrupted)
	default:
		watch.Go(func() {
			select {
			case <-drain:
			case <-r.requests.Done():
			case <-finished:
				return
			}
			r.breaker.stop(ErrInterrupted)
		})
	}
	return func() {
		close(finished)
		watch.Wait()
		r.breaker.endAsking()
	}
}

// throttled tells of a pause.
func (r *run) throttled(pause time.Duration) {
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.options.Throttled(pause)
}

// each has the workers handle what next gives, one at a time, until it gives no more.
func each[T any](workers int, next func() (T, bool), handle func(T)) {
	var (
		pulling sync.Mutex
		working sync.WaitGroup
	)
	pull := func() (T, bool) {
		pulling.Lock()
		defer pulling.Unlock()
		return next()
	}
	for range workers {
		working.Go(func() {
			for {
				one, ok := pull()
				if !ok {
					return
				}
				handle(one)
			}
		})
	}
	working.Wait()
}

// eachOf has the workers handle the rows of a list.
func eachOf(workers int, list []try, handle func(try)) {
	at := 0
	each(min(workers, len(list)), func() (t try, ok bool) {
		if at == len(list) {
			return t, false
		}
		at++
		return list[at-1], true
	}, handle)
}
