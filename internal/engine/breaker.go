package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The reasons why a run ends before its last row. The wrapped text has the
// particulars, and the wrapped error the last failure.
var (
	// ErrDenied: the provider refused the credentials, or the permission to create the first user.
	ErrDenied = errors.New("the provider denied access")
	// ErrFailing: too many rows in a row went wrong in the same way.
	ErrFailing = errors.New("the run goes wrong as a whole")
	// ErrRecorder: what would be sent cannot be recorded.
	ErrRecorder = errors.New("nothing more can be recorded")
	// ErrInterrupted: the administrator stopped it.
	ErrInterrupted = errors.New("interrupted")
)

// breaker ends a run that goes wrong as a whole.
type breaker struct {
	maxFailures, maxLost  int
	done                  string // the state of a row that went well, in words
	endSending, endAsking context.CancelFunc

	mu       sync.Mutex
	reason   error
	created  int
	class    provider.Class
	failures int // of that class in a row
	lost     int // unsent or lost in a row
}

// stop ends the sending before it returns, and the asking as well unless the
// run stops only because too many rows failed: then the doubts that it leaves
// can still be settled. The first reason counts.
func (b *breaker) stop(reason error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopLocked(reason)
}

func (b *breaker) stopLocked(reason error) {
	if b.reason == nil {
		b.reason = reason
		b.endSending()
	}
	if !errors.Is(reason, ErrFailing) {
		b.endAsking()
	}
}

// why gives the reason for the end, nil while the run goes on.
func (b *breaker) why() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reason
}

// noteOK notes a row that went well, and whether this run created its user.
func (b *breaker) noteOK(created bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.lost = 0, 0
	if created {
		b.created++
	}
}

// noteFailed notes a row that was refused, and ends the run where that is enough.
func (b *breaker) noteFailed(line int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = 0
	class := provider.ClassOf(err)
	if class == provider.Denied && (b.created == 0 || isDenied(err)) {
		b.denyLocked(line, err)
		return
	}
	if class != b.class {
		b.class, b.failures = class, 0
	}
	b.failures++
	if b.maxFailures > 0 && b.failures >= b.maxFailures {
		b.stopLocked(fmt.Errorf("%w: %s in a row failed, at last line %d: %w", ErrFailing, rowCount(b.failures), line, err))
	}
}

// denied ends the run: the provider refused the credentials.
func (b *breaker) denied(line int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.denyLocked(line, err)
}

func (b *breaker) denyLocked(line int, err error) {
	b.stopLocked(fmt.Errorf("%w at line %d, after %s had been %s: %w", ErrDenied, line, rowCount(b.created), b.done, err))
}

// noteLost notes a row that could not be sent or whose answer was lost.
func (b *breaker) noteLost(line int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost++
	if b.maxLost > 0 && b.lost >= b.maxLost {
		b.stopLocked(fmt.Errorf("%w: %s in a row got no answer, at last line %d: %w", ErrFailing, rowCount(b.lost), line, err))
	}
}

// rowCount gives a number of rows in words.
func rowCount(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
