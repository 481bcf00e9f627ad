package engine

import (
	"fmt"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// A change may be repeated, so that its doubts require less evidence than those of a create.

// readTwice reads the users of rows in doubt twice, a grace period apart, and returns the rows whose change was
// not found.
func (r *run) readTwice(doubts []attempt) (missing []attempt) { return r.readEach(r.readEach(doubts)) }

func (r *run) readEach(doubts []attempt) (missing []attempt) {
	var mu sync.Mutex
	round := &round{}
	eachOf(r.options.Concurrency, doubts, func(t attempt) {
		if wait := r.options.Grace - time.Since(t.since); wait > 0 {
			_ = r.options.Sleep(r.asking, wait) // find checks the end of the run
		}
		if round.isHopeless() {
			r.undecided(t, errHopeless())
			return
		}
		user, err := r.find(r.asking, t.Item)
		t.since = time.Now()
		round.note(err)
		switch {
		case err == nil:
			r.exists(t, user, nil)
		case provider.ClassOf(err) == provider.NotFound:
			mu.Lock()
			defer mu.Unlock()
			missing = append(missing, t)
		default:
			r.undecided(t, err)
		}
	})
	return missing
}

// changeAgain sends a change again that had no effect.
func (r *run) changeAgain(t attempt) {
	t.absent = true
	t.err = fmt.Errorf("%w; two later lookups showed that it had no effect", t.err)
	if t.tries.failed >= r.options.Sends {
		r.end(t)
		return
	}
	r.send(t)
}
