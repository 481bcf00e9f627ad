package sandbox

import (
	"context"
	"net"
	"sync"
)

// memoryHost is the host of a server without an address. Requests contain it, and no connection is made to it.
const memoryHost = "127.0.0.1"

// A memoryListener accepts connections of this process.
type memoryListener struct {
	waiting chan net.Conn
	close   sync.Once
	closed  chan struct{}
}

func newMemoryListener() *memoryListener {
	return &memoryListener{waiting: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept returns the next connection, or [net.ErrClosed].
func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.waiting:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and dial.
func (l *memoryListener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return nil
}

// Addr returns the name of the listener.
func (l *memoryListener) Addr() net.Addr { return memoryAddr{} }

// dial connects to the server.
func (l *memoryListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.waiting <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return memoryHost }
