package intake

import (
	"iter"
	"sync"
)

const (
	// asideBatch is how many items change hands at a time.
	asideBatch = 256
	// asideAhead is how many batches may wait: a plan takes rows up quickly and
	// writes down many at once, and they are made meanwhile.
	asideAhead = 64
)

// aside yields the same items while a goroutine of its own makes the next ones,
// so that a second processor has something to do. What is yielded must not
// share memory that is written again. The goroutine ends before the loop does;
// its panic is the loop's.
func aside[T any](items iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		type handful struct {
			items []T
			err   error
			cause any // of a panic
		}
		handed, enough := make(chan handful, asideAhead), make(chan struct{})
		hand := func(h handful) bool {
			select {
			case handed <- h:
				return true
			case <-enough:
				return false
			}
		}
		var making sync.WaitGroup
		defer making.Wait()
		defer close(enough)
		making.Go(func() {
			defer close(handed)
			defer func() {
				if cause := recover(); cause != nil {
					hand(handful{cause: cause})
				}
			}()
			var h handful
			for item, err := range items {
				if h.err = err; err != nil {
					break
				}
				if h.items = append(h.items, item); len(h.items) < asideBatch {
					continue
				}
				if !hand(h) {
					return
				}
				h = handful{items: make([]T, 0, asideBatch)}
			}
			hand(h)
		})
		for h := range handed {
			if h.cause != nil {
				panic(h.cause)
			}
			for _, item := range h.items {
				if !yield(item, nil) {
					return
				}
			}
			if h.err != nil {
				var none T
				yield(none, h.err)
				return
			}
		}
	}
}
