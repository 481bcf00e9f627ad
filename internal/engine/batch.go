package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// linger is how long the first row of a batch waits for others.
const linger = 10 * time.Millisecond

// errNotSent is the error of a row whose batch was not sent, because the run ended while it was collected, or a pause
// began.
var errNotSent = errors.New("the batch was not sent")

// batches collects the items that are sent at the same time into one request. Each row still has a separate intent
// and outcome: a lost response brings every row of its request into doubt, and each doubt is settled separately.
type batches struct {
	single func(context.Context, Item) (provider.User, error)
	batch  func(context.Context, []Item) []provider.BatchResult
	size   int
	// holds reports whether nothing may be sent now.
	holds func() bool

	mu      sync.Mutex
	waiting []waiting
	timer   *time.Timer
}

// waiting is an item that waits for its batch.
type waiting struct {
	item   Item
	answer chan<- provider.BatchResult
}

// do performs the operation in a batch. Its error may be [errHeld].
func (b *batches) do(ctx context.Context, item Item) (provider.User, error) {
	answer := make(chan provider.BatchResult, 1)
	if full := b.join(ctx, waiting{item, answer}); full != nil {
		b.send(ctx, full)
	}
	result := <-answer
	return result.User, result.Err
}

// join adds a create to the batch, and returns the batch if it is full. The first create starts a timer that sends
// the batch even if it is not full.
func (b *batches) join(ctx context.Context, w waiting) []waiting {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting = append(b.waiting, w)
	if len(b.waiting) == b.size {
		return b.takeLocked()
	}
	if len(b.waiting) == 1 {
		b.timer = time.AfterFunc(linger, func() { b.send(ctx, b.take()) })
	}
	return nil
}

func (b *batches) take() []waiting {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.takeLocked()
}

func (b *batches) takeLocked() []waiting {
	full := b.waiting
	b.waiting = nil
	if b.timer != nil {
		b.timer.Stop()
	}
	return full
}

// send sends a batch and distributes the results. A batch of one is a create.
func (b *batches) send(ctx context.Context, batch []waiting) {
	results := make([]provider.BatchResult, 0, len(batch))
	switch {
	case len(batch) == 0: // it became full when its time ended
	case b.holds():
		for range batch {
			results = append(results, provider.BatchResult{Err: errNotSent})
		}
	case len(batch) == 1:
		user, err := b.single(ctx, batch[0].item)
		results = append(results, provider.BatchResult{User: user, Err: err})
	default:
		items := make([]Item, len(batch))
		for i, w := range batch {
			items[i] = w.item
		}
		results = b.batch(ctx, items)
	}
	for i, w := range batch {
		if i < len(results) {
			w.answer <- results[i]
			continue
		}
		w.answer <- provider.BatchResult{Err: &provider.Error{Op: "send the batch", Err: errors.New("the batch response contains no result for this row")}}
	}
}
