package bulk

import (
	"errors"
	"fmt"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The reasons why a run ends before its last row. The wrapped text has the particulars.
var (
	// ErrDenied: the provider refused the credentials.
	ErrDenied = errors.New("the provider denied the credentials")
	// ErrFailing: too many rows in a row went wrong in the same way.
	ErrFailing = errors.New("the run goes wrong as a whole")
	// ErrJournal: what would be sent cannot be recorded.
	ErrJournal = errors.New("the outcome cannot be recorded")
	// ErrInterrupted: the administrator stopped it.
	ErrInterrupted = errors.New("interrupted")
)

// breaker ends a run that goes wrong as a whole.
type breaker struct {
	options Options

	mu        sync.Mutex
	reason    error
	stopped   chan struct{}
	succeeded bool
	class     provider.Class
	failures  int // of that class in a row
	lost      int // unsent or lost in a row
}

func newBreaker(options Options) *breaker {
	return &breaker{options: options, stopped: make(chan struct{})}
}

// stop ends the run; the first reason counts.
func (b *breaker) stop(reason error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopLocked(reason)
}

func (b *breaker) stopLocked(reason error) {
	if b.reason == nil {
		b.reason = reason
		close(b.stopped)
	}
}

// why gives the reason for the end, nil while the run goes on.
func (b *breaker) why() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reason
}

// good notes a row that worked.
func (b *breaker) good() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.succeeded, b.failures, b.lost = true, 0, 0
}

// bad notes a create that was refused, and ends the run where that is enough.
func (b *breaker) bad(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = 0
	class := provider.ClassOf(err)
	if class == provider.Denied && (follow(err) == stopRun || !b.succeeded) {
		b.stopLocked(fmt.Errorf("%w: %w", ErrDenied, err))
		return
	}
	if class != b.class {
		b.class, b.failures = class, 0
	}
	b.failures++
	if most := b.options.MaxFailures; most > 0 && b.failures >= most {
		b.stopLocked(fmt.Errorf("%w: %d rows in a row failed: %w", ErrFailing, b.failures, err))
	}
}

// gone notes a row that could not be sent or whose answer was lost.
func (b *breaker) gone(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost++
	if most := b.options.MaxLost; most > 0 && b.lost >= most {
		b.stopLocked(fmt.Errorf("%w: %d rows in a row got no answer: %w", ErrFailing, b.lost, err))
	}
}
