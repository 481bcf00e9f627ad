package recorder

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
)

// Send is [engine.Run] with the ledger as its journal. If the provider documents a lookup and no rate is set,
// intents are recorded a few batches ahead. Those of creates in a shared ledger are recorded only a little ahead: after a
// crash, another machine leaves them unknown, although they were never sent.
func Send(ctx context.Context, drain <-chan struct{}, op engine.Operation, rows Recorder, items iter.Seq2[engine.Item, error], options engine.Options) error {
	if op.Confirm == nil || options.Rate > 0 {
		return engine.Run(ctx, drain, op, rows, items, options)
	}
	ahead := newAhead(rows, options.Concurrency)
	if rows.Run.IsShared() && !op.Repeatable {
		ahead.most = mostShared * ahead.workers
	}
	stopped := engine.Run(ctx, drain, op, ahead, ahead.items(ctx, items), options)
	if err := ahead.release(ctx); err != nil {
		return cmp.Or(stopped, fmt.Errorf("%w: %w", engine.ErrRecorder, err))
	}
	return stopped
}

// writeAhead makes intents durable one batch before their rows are sent, so that requests in progress and the disk do
// not wait for each other. After a crash, some rows are in doubt that were never sent, so writeAhead requires a lookup.
type writeAhead struct {
	Recorder
	workers int
	most    int // rows in a batch

	mu       sync.Mutex
	intended map[int]bool // the rows whose intent is durable, and which the engine has not received yet
}

// batch is rows whose intents are durable, or the error with which the rows end.
type batch struct {
	items []engine.Item
	err   error
}

func newAhead(journal Recorder, workers int) *writeAhead {
	return &writeAhead{Recorder: journal, workers: max(1, workers), most: mostAhead, intended: map[int]bool{}}
}

// The size of a batch follows the rate of the provider. With a fast one, one write to the disk covers many rows;
// with a slow one, a crash leaves few rows in doubt.
const (
	mostAhead    = 1024
	mostShared   = 4 // of creates in a shared ledger, for each worker
	tooShortTime = 50 * time.Millisecond
	tooLongTime  = 200 * time.Millisecond
)

// resized returns the size of the next batch, from that of the last one and its duration. No batch is smaller than
// the number of workers.
func (a *writeAhead) resized(size int, took time.Duration) int {
	switch {
	case took < tooShortTime:
		return max(min(2*size, a.most), a.workers)
	case took > tooLongTime:
		return max(size/2, a.workers)
	default:
		return size
	}
}

// Intend implements [engine.Recorder]. An intent that was recorded ahead and may not be sent remains until the release.
func (a *writeAhead) Intend(ctx context.Context, item engine.Item) error {
	if !a.isIntended(item.Row) {
		return a.Recorder.Intend(ctx, item)
	}
	if err := a.Run.MaySend(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.intended, item.Row)
	return nil
}

func (a *writeAhead) isIntended(row int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.intended[row]
}

// items yields the same rows, each when its intent is durable.
func (a *writeAhead) items(ctx context.Context, items iter.Seq2[engine.Item, error]) iter.Seq2[engine.Item, error] {
	return func(yield func(engine.Item, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		batches := make(chan batch, 1)
		var filling sync.WaitGroup
		filling.Go(func() {
			defer close(batches)
			a.fill(ctx, items, batches)
		})
		defer filling.Wait()
		defer cancel()
		for b := range batches {
			for _, item := range b.items {
				if !yield(item, nil) {
					return
				}
			}
			if b.err != nil {
				yield(engine.Item{}, b.err)
				return
			}
		}
	}
}

// fill sends batches until the rows or the context end.
func (a *writeAhead) fill(ctx context.Context, items iter.Seq2[engine.Item, error], batches chan<- batch) {
	var b batch
	size, began := min(4*a.workers, a.most), time.Now()
	hand := func() bool {
		if err := a.intend(ctx, b.items); err != nil {
			b = batch{err: err} // none of its intents is recorded
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			return false
		}
		ended := b.err != nil
		size, began = a.resized(size, time.Since(began)), time.Now()
		b = batch{items: make([]engine.Item, 0, size)}
		return !ended
	}
	for item, err := range items {
		if err != nil {
			b.err = err
			break
		}
		b.items = append(b.items, item)
		if len(b.items) >= size && !hand() {
			return
		}
	}
	if len(b.items) > 0 || b.err != nil {
		hand()
	}
}

// intend makes the intents of a batch durable, with one write to the disk. It skips rows in doubt, which have an
// intent already.
func (a *writeAhead) intend(ctx context.Context, items []engine.Item) error {
	fresh := slices.DeleteFunc(slices.Clone(items), func(item engine.Item) bool { return item.Doubt != evidence.NoDoubt })
	if len(fresh) == 0 {
		return nil
	}
	if err := a.Recorder.intend(context.WithoutCancel(ctx), fresh...); err != nil {
		return fmt.Errorf("%w: %w", engine.ErrRecorder, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, item := range fresh {
		a.intended[item.Row] = true
	}
	return nil
}

// release withdraws the intents of rows that were never sent.
func (a *writeAhead) release(ctx context.Context) error {
	a.mu.Lock()
	left := slices.Collect(maps.Keys(a.intended))
	clear(a.intended)
	a.mu.Unlock()
	var withdrawing errgroup.Group
	for _, row := range left {
		withdrawing.Go(func() error { return a.Run.Withdraw(context.WithoutCancel(ctx), row) })
	}
	return withdrawing.Wait()
}
