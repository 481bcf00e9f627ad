// Package queue implements the one goroutine that writes the rows of a run, for every store of the ledger. Concurrent
// changes share a commit.
package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const (
	// MostInBatch is the maximum number of changes in one commit, and in the queue before it.
	MostInBatch = 1024
	// linger is how long outcomes without a waiting caller are delayed, so that they share a commit with the
	// intents that follow them.
	linger = 50 * time.Millisecond
)

// Kind is what a change does.
type Kind int

// The kinds.
const (
	// Intend records that rows are about to be sent.
	Intend Kind = iota
	// Withdraw removes the intent of a row.
	Withdraw
	// Record records the outcome of a row.
	Record
	// Flush changes nothing: it is answered when all before it is durable.
	Flush
)

// Change is a change of one row, or of the rows of several intents: either all of these are recorded, or none.
type Change struct {
	Kind Kind
	// Intents and State, that of their rows, belong to Intend.
	Intents []ledger.Intent
	State   rowstate.State
	// Outcome belongs to Record, and with its row alone to Withdraw.
	Outcome ledger.Outcome
	// At is when the change was made.
	At time.Time

	done chan error // receives the answer; nil if no caller waits
}

// Op returns the name of the change in errors.
func (c Change) Op() string {
	switch c.Kind {
	case Intend:
		return "send"
	case Withdraw:
		return "withdraw"
	default:
		return "record " + string(c.Outcome.State) + " for"
	}
}

// Rows returns the numbers of the rows of the change.
func (c Change) Rows() []int {
	if c.Kind != Intend {
		return []int{c.Outcome.Row}
	}
	rows := make([]int, len(c.Intents))
	for n, intent := range c.Intents {
		rows[n] = intent.Row
	}
	return rows
}

// Run is the run whose changes are written, and how its store writes them.
type Run struct {
	// ID is the id of the run, and Command what it does.
	ID      string
	Command rowstate.Command
	// Commit writes a batch in one transaction, and returns why changes were refused, by their index in the batch; after
	// an err nothing was written.
	Commit func(batch []Change) (refusals map[int]error, err error)
	// Check is called before each commit: after its first error no intent is recorded any more, and outcomes still are.
	Check func() error
	// Wrap returns an error of the store as callers expect it.
	Wrap func(error) error
}

// Writer writes the queued changes of a run in batches, and answers every caller after the commit. It must be closed.
// It is safe for concurrent use.
type Writer struct {
	run Run

	queue   chan Change
	hurry   chan struct{} // wakes a loop that delays outcomes
	quit    chan struct{}
	stop    sync.Once
	stopped chan struct{}

	failure atomic.Pointer[error] // of the last commit
	lost    atomic.Pointer[error] // the first error of check
	refusal error                 // the first refused outcome since the last flush; used by the loop only
}

// New returns a new writer of a run.
func New(run Run) *Writer {
	w := &Writer{
		run:   run,
		queue: make(chan Change, MostInBatch), hurry: make(chan struct{}, 1), quit: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.loop()
	return w
}

// Queued returns the number of changes that wait.
func (w *Writer) Queued() int { return len(w.queue) }

// Intend implements [ledger.Run]. Concurrent calls share a commit.
func (w *Writer) Intend(ctx context.Context, intents ...ledger.Intent) error {
	if len(intents) == 0 {
		return nil
	}
	for _, intent := range intents {
		if intent.Row < 1 {
			return fmt.Errorf("intend row %d: must be 1 or more", intent.Row)
		}
	}
	state := w.operation(intents[0].Operation).Stored(rowstate.Sent)
	return w.wrap(w.await(ctx, Change{Kind: Intend, Intents: intents, State: state, At: time.Now()}))
}

// operation returns the command with a name, "" for that of the run.
func (w *Writer) operation(name string) rowstate.Command {
	if name == "" {
		return w.run.Command
	}
	return rowstate.CommandOf(name)
}

// Withdraw implements [ledger.Run].
func (w *Writer) Withdraw(ctx context.Context, row int) error {
	return w.wrap(w.await(ctx, Change{Kind: Withdraw, Outcome: ledger.Outcome{Row: row}, At: time.Now()}))
}

// Record implements [ledger.Run].
func (w *Writer) Record(ctx context.Context, outcome ledger.Outcome) error {
	outcome, err := outcome.Stored(w.operation(outcome.Operation))
	if err != nil {
		return err
	}
	return w.wrap(w.post(ctx, Change{Kind: Record, Outcome: outcome, At: time.Now()}))
}

// Flush implements [ledger.Run].
func (w *Writer) Flush(ctx context.Context) error {
	return w.wrap(w.await(ctx, Change{Kind: Flush}))
}

// wrap adds the id of the run to a refusal, and wraps every other error as the store does.
func (w *Writer) wrap(err error) error {
	if row, ok := errors.AsType[*ledger.StateError](err); ok && row.Run == "" {
		named := *row
		named.Run = w.run.ID
		return &named
	}
	return w.run.Wrap(err)
}

// await queues a change and waits until it is durable.
func (w *Writer) await(ctx context.Context, c Change) error {
	c.done = make(chan error, 1)
	if err := w.enqueue(ctx, c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-w.stopped:
	}
	select {
	case err := <-c.done:
		return err
	default:
		return errEnded()
	}
}

// post queues a change. It returns the error of the last commit, if that failed, or of the check.
func (w *Writer) post(ctx context.Context, c Change) error {
	if err := w.enqueue(ctx, c); err != nil {
		return err
	}
	if err := w.lastFailure(); err != nil {
		return err
	}
	if lost := w.lost.Load(); lost != nil {
		return *lost
	}
	return nil
}

func (w *Writer) lastFailure() error {
	if failure := w.failure.Load(); failure != nil {
		return *failure
	}
	return nil
}

func (w *Writer) enqueue(ctx context.Context, c Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-w.quit:
		return errEnded()
	default:
	}
	select {
	case w.queue <- c:
		if c.done != nil || len(w.queue) > MostInBatch/2 {
			select {
			case w.hurry <- struct{}{}:
			default:
			}
		}
		return nil
	case <-w.quit:
		return errEnded()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what is queued and ends the loop. Then it calls closed. It returns the error of the last commit, joined
// with that of closed. Further calls do nothing.
func (w *Writer) Close(closed func() error) (err error) {
	w.stop.Do(func() {
		close(w.quit)
		<-w.stopped
		err = w.wrap(errors.Join(w.lastFailure(), closed()))
	})
	return err
}

// loop writes batches until quit is closed and the queue is empty. The outcomes that a failed commit did not write
// are the first of the next.
func (w *Writer) loop() {
	defer close(w.stopped)
	var kept []Change
	for more := true; more; {
		var batch []Change
		batch, more = w.collect(kept)
		kept = w.write(batch)
	}
}

// collect waits for a change and adds it to the batch, with all that are queued behind it. It delays a batch
// without a waiting caller for a moment. It returns more = false when the writer must end after this batch.
func (w *Writer) collect(batch []Change) (_ []Change, more bool) {
	select {
	case c := <-w.queue:
		batch = w.drain(append(batch, c))
	case <-w.quit:
		return w.drain(batch), false
	}
	if isAwaited(batch) {
		return batch, true
	}
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.hurry:
	case <-w.quit:
		return w.drain(batch), false
	}
	return w.drain(batch), true
}

// drain adds the queued changes, up to the size of a batch.
func (w *Writer) drain(batch []Change) []Change {
	for range MostInBatch {
		select {
		case c := <-w.queue:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

func isAwaited(batch []Change) bool {
	return slices.ContainsFunc(batch, func(c Change) bool { return c.done != nil })
}

// write commits a batch and answers the waiting callers. It returns the outcomes that are still to be written, in
// the batch's storage.
func (w *Writer) write(batch []Change) (kept []Change) {
	if err := w.run.Check(); err != nil {
		w.lost.CompareAndSwap(nil, &err)
		batch = refuseIntents(batch, err)
	}
	var (
		refusals map[int]error
		err      error
	)
	if slices.ContainsFunc(batch, func(c Change) bool { return c.Kind != Flush }) {
		refusals, err = w.run.Commit(batch)
	}
	if err != nil {
		w.failure.Store(&err)
	} else {
		w.failure.Store(nil)
	}
	kept = batch[:0]
	for i, c := range batch {
		switch {
		case err != nil && c.Kind == Record:
			kept = append(kept, c)
		case err != nil:
			c.done <- err
		case c.Kind == Record:
			w.refusal = cmp.Or(w.refusal, refusals[i])
		case c.Kind == Flush:
			c.done <- w.refusal
			w.refusal = nil
		default:
			c.done <- refusals[i]
		}
	}
	return kept
}

// refuseIntents answers the intents of a batch with an error, and returns the other changes. What was sent is
// still recorded in a store that was lost: the run reports from it, and it may be restored.
func refuseIntents(batch []Change, err error) []Change {
	return slices.DeleteFunc(batch, func(c Change) bool {
		if c.Kind != Intend {
			return false
		}
		c.done <- err
		return true
	})
}

// errEnded is the error of using a run after its end.
func errEnded() error { return errors.New("the run has ended") }
