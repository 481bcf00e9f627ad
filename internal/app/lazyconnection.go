package app

import (
	"sync"
)

// LazyConnection is a connection that is opened when it is first needed, and kept until
// the command ends. It is safe for concurrent use.
type LazyConnection struct {
	mu     sync.Mutex
	open   func() (*Connection, error)
	opened *Connection
}

// NewLazyConnection makes a link. Nothing is opened yet.
func NewLazyConnection(open func() (*Connection, error)) *LazyConnection {
	return &LazyConnection{open: open}
}

// Get gives the connection. A failure is not kept: the next call tries again.
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

// Close closes the connection, where there is one.
func (l *LazyConnection) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened != nil {
		l.opened.Close()
		l.opened = nil
	}
}
