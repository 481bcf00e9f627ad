package engine

import (
	"sync"

	"github.com/bring-aboard/usher/internal/evidence"
)

// Route collects what the lookups of a process have shown about the provider's route. The zero Route is empty. It
// can be used for several runs in sequence, and is safe for concurrent use.
type Route struct {
	mu   sync.Mutex
	seen evidence.Route
}

// found notes a lookup of a key that found its user.
func (r *Route) found(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = r.seen.Found(key)
}

// stored notes the form in which the provider stores a key that was sent.
func (r *Route) stored(sent, own string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = r.seen.Stored(sent, own)
}

// now returns what has been shown so far.
func (r *Route) now() evidence.Route {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}
