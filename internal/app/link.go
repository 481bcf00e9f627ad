package app

import (
	"sync"
)

// Link is a connection that is opened when it is first needed, and kept until
// the command ends. It is safe for concurrent use.
type Link struct {
	mu     sync.Mutex
	open   func() (*Connection, error)
	opened *Connection
}

// NewLink makes a link. Nothing is opened yet.
func NewLink(open func() (*Connection, error)) *Link { return &Link{open: open} }

// Get gives the connection. A failure is not kept: the next call tries again.
func (l *Link) Get() (*Connection, error) {
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
func (l *Link) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened != nil {
		l.opened.Close()
		l.opened = nil
	}
}
