package cli

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
)

// interrupts turns signals into the end of a context: at the first one, or, for
// a command that drains, at the second.
type interrupts struct {
	first  chan struct{}
	drains atomic.Bool
}

// watch begins to listen, and ends with the returned function.
func (i *interrupts) watch(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	i.first = make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	over := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		for seen := 0; ; seen++ {
			select {
			case <-signals:
			case <-over:
				return
			}
			if seen == 0 {
				close(i.first)
			}
			if seen > 0 || !i.drains.Load() {
				cancel()
			}
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		close(over)
		listening.Wait()
		cancel()
	}
}

// drain is App.Drain.
func (i *interrupts) drain() <-chan struct{} {
	i.drains.Store(true)
	return i.first
}

// happened tells whether there was an interrupt.
func (i *interrupts) happened() bool {
	select {
	case <-i.first:
		return true
	default:
		return false
	}
}
