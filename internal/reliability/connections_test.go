package reliability

import (
	"net"
	"net/http"
	"sync"
)

// connections counts the connections that a server has open.
type connections struct {
	mu      sync.Mutex
	changed sync.Cond
	open    int
}

func newConnections() *connections {
	c := &connections{}
	c.changed.L = &c.mu
	return c
}

// track is the server's ConnState.
func (c *connections) track(_ net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		c.open++
	case http.StateClosed, http.StateHijacked:
		c.open--
	}
	c.changed.Broadcast()
}

// over waits until none is open: after the end of the program, until everything
// that it has sent has come to its end at the provider.
func (c *connections) over() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.open > 0 {
		c.changed.Wait()
	}
}
