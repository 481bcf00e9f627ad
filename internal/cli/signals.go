package cli

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
)

// interrupts cancels a context at the first signal, or, for a command that drains, at the second one.
//
// A SIGHUP is never the second signal: when a terminal closes, the kernel and the shell each send one, and a system
// that shuts down sends it with SIGTERM. It does not count if it was ignored at the start, as with nohup.
type interrupts struct {
	first  chan struct{}
	drains atomic.Bool
}

// watch starts to handle signals. The returned function stops that.
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

// drain implements App.Drain.
func (i *interrupts) drain() <-chan struct{} {
	i.drains.Store(true)
	return i.first
}

// happened reports whether there was an interrupt.
func (i *interrupts) happened() bool {
	select {
	case <-i.first:
		return true
	default:
		return false
	}
}
