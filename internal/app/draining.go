package app

import (
	"fmt"
	"sync"
)

// Draining makes the first interrupt wait for the response to the request in progress and print a message, until quiet
// is called.
func Draining(a *App) (drain <-chan struct{}, quiet func()) {
	drain = a.Drain()
	over := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-drain:
			fmt.Fprintln(a.Streams.Err, "Waiting for the request in progress. Press Ctrl-C again to abandon it (outcome unknown).")
		case <-over:
		}
	})
	return drain, func() {
		close(over)
		listening.Wait()
	}
}
