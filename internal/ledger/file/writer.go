package file

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const (
	// mostInBatch is the maximum number of changes in one commit, and in the queue before it.
	mostInBatch = 1024
	// linger is how long outcomes without a waiting caller are delayed, so that they share a commit with the
	// intents that follow them.
	linger = 50 * time.Millisecond
)

// writer is the one goroutine that writes a run's rows. It writes the queued changes in one transaction, and
// answers every caller after the one write to the disk.
type writer struct {
	watch   *watch
	doubts  bool // earlier runs left users of this target in doubt, or due
	planned bool // a plan has recorded the digests of the rows
	undoOf  *ledger.PastRun
	conn    *sql.Conn
	stmts   *statements
	lists   lists

	records []writeOp     // of the batch that is written
	intents []intentBatch // likewise
	entries []entry       // likewise

	queue   chan writeOp
	hurry   chan struct{} // wakes a loop that delays outcomes
	quit    chan struct{}
	stop    sync.Once
	stopped chan struct{}

	failure atomic.Pointer[error] // of the last commit
	refusal error                 // the first refused outcome since the last flush; used by the loop only
}

// writeOp is a writeOp of one row, or of the rows of several intents: either all of these are recorded, or none.
type writeOp struct {
	kind    changeKind
	intents []ledger.Intent // of intend
	state   rowstate.State  // likewise: of their rows
	outcome ledger.Outcome  // of record, and with its row alone of withdraw
	at      int64
	started int64 // of record: when its intent was made, if that is in a list
	proof   int   // likewise
	// done receives the answer; nil if no caller waits.
	done chan error
}

type changeKind int

const (
	intend changeKind = iota
	withdraw
	record
	flush // no change: answered when all before it is durable
)

// op returns the name of a writeOp in errors.
func (c writeOp) op() string {
	switch c.kind {
	case intend:
		return "send"
	case withdraw:
		return "withdraw"
	default:
		return "record " + string(c.outcome.State) + " for"
	}
}

func (l *Ledger) newWriter(ctx context.Context, run int64, doubts bool, info ledger.RunInfo, watch *watch) (*writer, error) {
	conn, err := l.db.Conn(ctx)
	if err != nil {
		return nil, l.wrap("open the ledger", err)
	}
	// From here on a second connection is in the pool, so that the content of the ledger can be reported even if
	// its file is lost.
	spare, err := l.db.Conn(ctx)
	if err == nil {
		err = spare.Close()
	}
	if err != nil {
		return nil, l.wrap("open the ledger", errors.Join(err, conn.Close()))
	}
	stmts, err := prepareStatements(ctx, conn, run)
	if err != nil {
		return nil, l.wrap("open the ledger", errors.Join(err, conn.Close()))
	}
	w := &writer{
		watch: watch, doubts: doubts, planned: info.Plan != nil, undoOf: info.UndoOf, conn: conn, stmts: stmts,
		lists: lists{members: make(map[int]intentItem)},
		queue: make(chan writeOp, mostInBatch), hurry: make(chan struct{}, 1), quit: make(chan struct{}), stopped: make(chan struct{}),
	}
	go w.loop()
	return w, nil
}

// await queues a change and waits until it is durable.
func (w *writer) await(ctx context.Context, c writeOp) error {
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

// post queues a writeOp. It returns the error of the last commit, if that failed, and the loss of the file.
func (w *writer) post(ctx context.Context, c writeOp) error {
	if err := w.enqueue(ctx, c); err != nil {
		return err
	}
	if err := w.lastFailure(); err != nil {
		return err
	}
	if loss := w.watch.loss.Load(); loss != nil {
		return loss
	}
	return nil
}

func (w *writer) lastFailure() error {
	if failure := w.failure.Load(); failure != nil {
		return *failure
	}
	return nil
}

func (w *writer) enqueue(ctx context.Context, c writeOp) error {
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
		if c.done != nil || len(w.queue) > mostInBatch/2 {
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

// close makes the loop write what is queued and end. If lists remain, unlist writes their intents as rows.
func (w *writer) close(unlist func() error) (err error) {
	w.stop.Do(func() {
		close(w.quit)
		<-w.stopped
		err = errors.Join(w.lastFailure(), w.stmts.close(), w.conn.Close())
		if len(w.lists.members)+len(w.lists.spent) > 0 {
			err = errors.Join(err, unlist())
		}
	})
	return err
}

// loop writes batches until quit is closed and the queue is empty. The outcomes that a failed commit did not write
// are the first of the next.
func (w *writer) loop() {
	defer close(w.stopped)
	var kept []writeOp
	for more := true; more; {
		var batch []writeOp
		batch, more = w.collect(kept)
		kept = w.write(batch)
	}
}

// collect waits for a writeOp and adds it to the batch, with all that are queued behind it. It delays a batch
// without a waiting caller for a moment. It returns more = false when the writer must end after this batch.
func (w *writer) collect(batch []writeOp) (_ []writeOp, more bool) {
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
func (w *writer) drain(batch []writeOp) []writeOp {
	for range mostInBatch {
		select {
		case c := <-w.queue:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

func isAwaited(batch []writeOp) bool {
	return slices.ContainsFunc(batch, func(c writeOp) bool { return c.done != nil })
}

// write commits a batch and answers the waiting callers. It returns the outcomes that are still to be written, in
// the batch's storage.
func (w *writer) write(batch []writeOp) (kept []writeOp) {
	if err := w.watch.check(); err != nil {
		batch = refuseIntents(batch, err)
	}
	refusals, err := w.commit(batch)
	if err != nil {
		w.failure.Store(&err)
	} else {
		w.failure.Store(nil)
	}
	kept = batch[:0]
	for i, c := range batch {
		switch {
		case err != nil && c.kind == record:
			kept = append(kept, c)
		case err != nil:
			c.done <- err
		case c.kind == record:
			w.refusal = cmp.Or(w.refusal, refusals[i])
		case c.kind == flush:
			c.done <- w.refusal
			w.refusal = nil
		default:
			c.done <- refusals[i]
		}
	}
	return kept
}

// refuseIntents answers the intents of a batch with an error, and returns the other changes. What was sent is
// still recorded in a lost file: the run reports from it, and it may be restored.
func refuseIntents(batch []writeOp, err error) []writeOp {
	return slices.DeleteFunc(batch, func(c writeOp) bool {
		if c.kind != intend {
			return false
		}
		c.done <- err
		return true
	})
}

// errEnded is the error of using a run after its end.
func errEnded() error { return errors.New("the run has ended") }
