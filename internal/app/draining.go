package app

import (
	"fmt"
	"sync"
)

// Draining has the first interrupt wait for the answer to the one request that
// is under way, and says so, until quiet is called.
func Draining(a *App) (drain <-chan struct{}, quiet func()) {
	drain = a.Drain()
	over := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-drain:
			fmt.Fprintln(a.Streams.Err, "Waiting for the answer to the request that is under way. Ctrl-C again leaves it, and its outcome unknown.")
		case <-over:
		}
	})
	return drain, func() {
		close(over)
		listening.Wait()
	}
}
