package sandbox

import (
	"maps"
	"sync"
)

// Stats are counts of one provider's requests.
type Stats struct {
	// Received counts the creates that passed the rate limit, valid or not, with a fault or without.
	Received int
	// Committed counts the created users.
	Committed int
	// Conflicts counts the creates refused because the natural key was taken.
	Conflicts int
	// RateLimited counts the requests of any kind refused by Options.RateLimit.
	RateLimited int
	// Faults counts the injected faults by name: each request or, for the faults of what is stored, each user or field.
	Faults map[Fault]int
}

// A tally keeps the statistics of all providers.
type tally struct {
	mu         sync.Mutex
	byProvider map[string]*Stats
}

// add changes the numbers of one provider.
func (t *tally) add(provider string, change func(*Stats)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byProvider == nil {
		t.byProvider = map[string]*Stats{}
	}
	if t.byProvider[provider] == nil {
		t.byProvider[provider] = &Stats{Faults: map[Fault]int{}}
	}
	change(t.byProvider[provider])
}

// received counts a create, and the fault that is injected into it or a change, if any.
func (t *tally) received(provider string, fault Fault, creates bool) {
	t.add(provider, func(n *Stats) {
		if creates {
			n.Received++
		}
		if fault != "" {
			n.Faults[fault.Name()]++
		}
	})
}

// struck counts a fault that was injected.
func (t *tally) struck(provider string, fault Fault) {
	t.add(provider, func(n *Stats) { n.Faults[fault.Name()]++ })
}

// read returns a copy of one provider's numbers.
func (t *tally) read(provider string) Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byProvider[provider] == nil {
		return Stats{Faults: map[Fault]int{}}
	}
	copied := *t.byProvider[provider]
	copied.Faults = maps.Clone(copied.Faults)
	return copied
}
