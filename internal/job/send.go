package job

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// tally is the number of rows by state so far.
type tally struct {
	began   time.Time
	counts  rowstate.Counts
	resends int // creates that were resent after a doubt
	// duplicates are rows whose key several users have.
	duplicates int
	notStored  int   // completed rows of which the provider did not store every field
	stopped    error // why the run ended before its last row; nil if it did not
}

// send sends the rows, and waits for the created users if that was asked for.
func (r *run) send(ctx context.Context) error {
	drain := r.App.Drain()
	if r.sendRows(ctx, drain); r.stopped == nil {
		r.unseen, r.stopped = r.Wait.untilFound(ctx, r, drain)
	}
	return nil // the report includes it
}

// sendRows sends the rows, and shows the progress.
func (r *run) sendRows(ctx context.Context, drain <-chan struct{}) {
	r.began = time.Now()
	r.counts = rowstate.Counts{rowstate.NotTried: r.rows}
	shown := progress.New(r.App.Streams, cmp.Or(r.shown, r.toSend))
	defer shown.Close()
	options := r.options
	options.Report = func(outcome engine.Result) {
		r.add(outcome)
		r.await(outcome)
		shown.Row(progressEnd(outcome.State))
	}
	options.Throttled = shown.Throttled
	options.Amended = func(outcome engine.Result) { r.duplicates += duplicates(outcome) }
	options.Settling = func(rows int, wait time.Duration) { shown.Settling(waitText(rows, wait), wait) }
	defer whenClosed(drain, func() {
		shown.Say("Stopping after the requests in progress. Press Ctrl-C again to stop immediately.")
	})()
	r.stopped = r.op.send(ctx, r, drain, options)
}

// add counts an outcome.
func (t *tally) add(outcome engine.Result) {
	t.duplicates += duplicates(outcome)
	t.resends += outcome.Resends
	if len(outcome.NotStored) > 0 && outcome.State != rowstate.Failed {
		t.notStored++
	}
	t.counts[rowstate.NotTried]--
	t.counts[outcome.State]++
}

// duplicates returns 1 if several users have the key of the row.
func duplicates(outcome engine.Result) int { return min(1, len(outcome.Duplicates)) }

// whenClosed calls a function when a channel is closed. The returned function ends this.
func whenClosed(channel <-chan struct{}, then func()) (stop func()) {
	over := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-channel:
			then()
		case <-over:
		}
	})
	return func() {
		close(over)
		listening.Wait()
	}
}

// progressEnd returns how the progress bar counts a row.
func progressEnd(state rowstate.State) progress.End {
	switch state.Kind() {
	case rowstate.Good:
		return progress.Well
	case rowstate.InDoubt:
		return progress.Unknown
	default:
		return progress.Failed
	}
}

// status returns the exit status. If several apply, 130 takes precedence over 5, 5 over 4, and 4 over 3.
func (r *run) status() int {
	switch {
	case r.isInterrupted():
		return failure.StatusInterrupted
	case r.counts.Of(rowstate.InDoubt) > 0, r.duplicates > 0, len(r.doubts) > 0:
		return failure.StatusUnknown
	case errors.Is(r.stopped, engine.ErrDenied):
		return failure.StatusDenied
	case r.stopped != nil && !errors.Is(r.stopped, engine.ErrFailing) && !errors.Is(r.stopped, engine.ErrWait):
		return failure.StatusFailed
	case r.counts.Of(rowstate.Bad) > 0 || r.counts.Of(rowstate.Open) > 0 || r.isLacking() || r.unseen > 0 || r.unmet != "":
		return failure.StatusPartial
	default:
		return failure.StatusOK
	}
}

// isLacking reports whether fields that the provider did not store as sent count as a failure.
func (r *run) isLacking() bool { return r.Strict && r.notStored > 0 }

func (r *run) isInterrupted() bool {
	return errors.Is(r.stopped, engine.ErrInterrupted) || errors.Is(r.stopped, context.Canceled)
}
