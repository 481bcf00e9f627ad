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
//
// A hangup is never the second one: when a terminal closes, the kernel and the
// shell each send it, and a system that stops sends it beside SIGTERM. It does
// not count if it was ignored at the start, as by nohup.
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
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	over := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		for seen := 0; ; {
			var received os.Signal
			select {
			case received = <-signals:
			case <-over:
				return
			}
			if !i.happened() {
				close(i.first)
			}
			if received != syscall.SIGHUP {
				seen++
			}
			if seen > 1 || !i.drains.Load() {
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
