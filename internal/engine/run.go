package engine

import (
	"cmp"
	"context"
	"iter"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Run performs an operation for every item, and reports one outcome for each, until the items end or the run
// stops. It returns the reason why it stopped ([ErrDenied], [ErrFailing], [ErrRecorder] or [ErrInterrupted]), or
// else the error with which the items ended. Items that are not reported were not tried, and the recorder has no
// intent of them.
//
// Items are pulled one at a time, by several goroutines. The users of items in doubt at the beginning are looked
// up before anything is sent. Those that remain in doubt are settled with the rows that come into doubt during the
// run. Keys are unique.
//
// Closing drain lets the requests in progress finish and starts no more; cancelling the context ends these
// requests as well. No goroutine outlives Run.
func Run(ctx context.Context, drain <-chan struct{}, op Operation, recorder Recorder, items iter.Seq2[Item, error], options Options) error {
	r := newRun(ctx, op, options)
	r.recorder = recorder
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
		if ended || r.pending.isFull() {
			r.settleAll()
		}
	}
	r.lookAgain()
	return cmp.Or(r.breaker.why(), fresh.err)
}

// run is the state of one run.
type run struct {
	op       Operation
	do       func(context.Context, Item) (provider.User, error)
	recorder Recorder
	options  Options
	pace     *Pace
	breaker  *breaker
	pending  pendingDoubts
	began    time.Time

	unique   func() provider.Uniqueness
	affirmed affirmed
	due      dueList
	visible  visible

	reporting sync.Mutex

	// Only requests end with the caller's context. What is sent must be recorded, and the breaker must have the
	// reason for the end of the sending.
	requests  context.Context
	recording context.Context // never ends
	sending   context.Context // ends when nothing more may be sent
	asking    context.Context // ends when nothing more may be looked up, not before sending does
}

func newRun(ctx context.Context, op Operation, options Options) *run {
	ctx = provider.Once(ctx) // the run has its own pace and retries
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

// watch stops the run when the caller ends it. If that has happened already, the run is stopped before watch
// returns.
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

// throttled reports a pause.
func (r *run) throttled(pause time.Duration) {
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.options.Throttled(pause)
}

// each handles what next returns with the workers, one at a time per worker, until it returns no more.
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

// eachOf handles the rows of a list with the workers.
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
