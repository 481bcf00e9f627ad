package app

import (
	"sync"
)

// LazyConnection is a connection that is opened at its first use, and used until the command ends. It is safe for
// concurrent use.
type LazyConnection struct {
	mu     sync.Mutex
	open   func() (*Connection, error)
	opened *Connection
}

// NewLazyConnection returns a new connection, not yet opened.
func NewLazyConnection(open func() (*Connection, error)) *LazyConnection {
	return &LazyConnection{open: open}
}

// Get returns the connection. After a failure the next call tries again.
func (l *LazyConnection) Get() (*Connection, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened != nil {
		return l.opened, nil
	}
	connection, err := l.open()
	if err != nil {
		return nil, err
	}
	l.opened = connection
	return connection, nil
}

// Close closes the connection, if it is open.
func (l *LazyConnection) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened != nil {
		l.opened.Close()
		l.opened = nil
	}
}
