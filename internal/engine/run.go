package engine

import (
	"cmp"
	"context"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Run performs an operation for every item, gives each an outcome and reports it, until the items end or the
// run stops: then it returns the reason ([ErrDenied], [ErrFailing],
// [ErrRecorder] or [ErrInterrupted]), or else the error that the items ended
// with. What was not reported was not tried: the journal holds no intent of it.
//
// Items are pulled one at a time, by several goroutines. The users of those in
// doubt that come first are looked up before anything is sent; what then remains
// in doubt is settled with the rows that come into doubt during the run. Keys are
// unique.
//
// Closing drain lets the requests under way finish and starts no more; a
// cancelled context ends those as well. No goroutine outlives Run.
func Run(ctx context.Context, drain <-chan struct{}, op Operation, journal Recorder, items iter.Seq2[Item, error], options Options) error {
	r := newRun(ctx, op, options)
	r.journal = journal
	unwatch := r.watch(drain)
	defer unwatch()
	r.pace.begin(r.options, r.throttled)
	defer r.pace.end()
	fresh := newSource(items)
	defer fresh.close()

	for ended := false; !ended; {
		each(r.options.Concurrency, func() (Item, bool) { return r.next(fresh) }, r.handle)
		ended = fresh.ended || r.sending.Err() != nil
		r.lookOnce()
		if ended || r.shelf.isFull() {
			r.settleAll()
		}
	}
	r.lookAgain()
	return cmp.Or(r.breaker.why(), fresh.err)
}

// run is the state of one run.
type run struct {
	op      Operation
	do      func(context.Context, Item) (provider.User, error)
	journal Recorder
	options Options
	pace    *Pace
	breaker *breaker
	shelf   pendingDoubts
	began   time.Time

	unique   func() provider.Uniqueness
	affirmed affirmed
	due      dueList
	visible  visible

	reporting sync.Mutex

	// Only requests end with the caller's context itself. What is sent must be
	// recorded, and what ends the sending is always a reason that the breaker knows.
	requests  context.Context
	recording context.Context // never ends
	sending   context.Context // ends when nothing more may be sent
	asking    context.Context // ends when nothing more may be asked; not before sending does
}

func newRun(ctx context.Context, op Operation, options Options) *run {
	ctx = provider.Once(ctx) // the run sends again in its own pace
	r := &run{op: op, do: op.do, options: options.withDefaults(), requests: ctx, recording: context.WithoutCancel(ctx)}
	r.began = time.Now()
	r.unique = sync.OnceValue(func() provider.Uniqueness { return r.options.Unique(r.requests) })
	r.due.list = r.options.Due
	r.pace = r.options.Pace
	r.breaker = &breaker{maxFailures: options.MaxFailures, maxLost: options.MaxLost, done: string(op.Done)}
	r.asking, r.breaker.endAsking = context.WithCancel(r.recording)
	r.sending, r.breaker.endSending = context.WithCancel(r.asking)
	if op.DoBatch != nil && r.options.Batch > 1 {
		collecting := &batches{single: op.do, batch: op.doBatch, size: r.options.Batch, holds: func() bool { return r.sending.Err() != nil || r.pace.isPaused() }}
		r.do = collecting.do
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
func eachOf(workers int, list []attempt, handle func(attempt)) {
	at := 0
	each(min(workers, len(list)), func() (t attempt, ok bool) {
		if at == len(list) {
			return t, false
		}
		at++
		return list[at-1], true
	}, handle)
}
