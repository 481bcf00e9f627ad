package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The reasons why a run ends before its last row. They are wrapped with the details and the last failure.
var (
	// ErrDenied: the provider denied the credentials, or the permission for the first user.
	ErrDenied = errors.New("access denied")
	// ErrFailing: too many consecutive rows failed in the same way.
	ErrFailing = errors.New("too many consecutive failures")
	// ErrRecorder: the ledger cannot be written, so that nothing more may be sent.
	ErrRecorder = errors.New("cannot write to the ledger")
	// ErrInterrupted: the administrator interrupted the run.
	ErrInterrupted = errors.New("interrupted")
)

// breaker ends a run after consecutive failures.
type breaker struct {
	maxFailures, maxLost  int
	done                  string // the state of a completed row, for people
	endSending, endAsking context.CancelFunc

	mu       sync.Mutex
	reason   error
	created  int
	class    provider.Class
	failures int // consecutive failures of that class
	lost     int // consecutive rows that were unsent or lost
}

// stop ends the sending before it returns. It ends the lookups as well, unless the run stops only because too many
// rows failed: then the remaining doubts can still be settled. The first reason counts.
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

// why returns the reason for the end, nil while the run continues.
func (b *breaker) why() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reason
}

// noteOK notes a completed row, and whether this run created its user.
func (b *breaker) noteOK(created bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.lost = 0, 0
	if created {
		b.created++
	}
}

// noteFailed notes a failed row, and ends the run if the limit is reached.
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
		b.stopLocked(fmt.Errorf("%w: %s, last on line %d: %w", ErrFailing, rowCount(b.failures), line, err))
	}
}

// denied ends the run because the provider denied the credentials.
func (b *breaker) denied(line int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.denyLocked(line, err)
}

func (b *breaker) denyLocked(line int, err error) {
	b.stopLocked(fmt.Errorf("%w on line %d, after %s %s: %w", ErrDenied, line, rowCount(b.created), b.done, err))
}

// noteLost notes a row that could not be sent or whose response was lost.
func (b *breaker) noteLost(line int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost++
	if b.maxLost > 0 && b.lost >= b.maxLost {
		b.stopLocked(fmt.Errorf("%w: no response for %s, last on line %d: %w", ErrFailing, rowCount(b.lost), line, err))
	}
}

// rowCount returns a number of rowCount for people.
func rowCount(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}
