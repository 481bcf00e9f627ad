package bulk

import (
	"fmt"
	"sync"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// mostDoubts bounds the rows that are set aside at once, and with them the
// memory of a run.
const mostDoubts = 1000

// mostUnanswered rows in a row whose look-up got no answer, however often it
// was tried, end a round of look-ups: the provider cannot be reached, and each
// of them waits for its time limit.
const mostUnanswered = 5

// shelf holds the rows in doubt until they are settled, oldest doubt first.
type shelf struct {
	mu   sync.Mutex
	rows []try
}

func (s *shelf) put(t try) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, t)
}

// clear gives what was set aside.
func (s *shelf) clear() []try {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.rows
	s.rows = nil
	return rows
}

func (s *shelf) isEmpty() bool { return s.len() == 0 }
func (s *shelf) isFull() bool  { return s.len() >= mostDoubts }

func (s *shelf) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

// settleAll settles the rows in doubt, and those that come into doubt again
// while it does: found means created; not found twice, a grace period apart,
// means that the row may be sent again. All rows wait for the same grace
// periods, for each look-up is made for all before the next step for any.
func (r *run) settleAll() {
	for doubts := r.shelf.clear(); len(doubts) > 0; doubts = r.shelf.clear() {
		missing := r.look(r.look(doubts))
		eachOf(r.options.Concurrency, missing, r.resend)
	}
}

// look looks for the users of rows in doubt, each when its grace period has
// passed, and gives the rows whose user was not found.
func (r *run) look(doubts []try) (missing []try) {
	var (
		mu         sync.Mutex
		unanswered int
	)
	eachOf(r.options.Concurrency, doubts, func(t try) {
		if wait := r.options.Grace - time.Since(t.since); wait > 0 {
			_ = r.options.Sleep(r.asking, wait) // find sees the end of the run
		}
		mu.Lock()
		hopeless := unanswered >= mostUnanswered
		mu.Unlock()
		if hopeless {
			r.unasked(t, errHopeless())
			return
		}
		user, err := r.find(r.asking, t.Item)
		t.since = time.Now()
		class := provider.ClassOf(err)

		mu.Lock()
		switch {
		case err != nil && (class == provider.Unsent || class == provider.Unknown):
			unanswered++
		default:
			unanswered = 0
		}
		if err != nil && class == provider.NotFound {
			missing = append(missing, t)
		}
		mu.Unlock()

		switch {
		case err == nil:
			r.exists(t, user, nil)
		case class != provider.NotFound:
			r.unasked(t, err)
		}
	})
	return missing
}

func errHopeless() error {
	return &provider.Error{Class: provider.Unsent, Op: "look the user up", Err: fmt.Errorf("%d look-ups in a row got no answer", mostUnanswered)}
}

// unasked ends a row in doubt of which the provider cannot be asked, because it
// documents no look-up (then there is no error) or gives no answer. What an
// earlier run left may be sent again, knowingly, where asking again is no use.
func (r *run) unasked(t try, err error) {
	useless := err == nil || isForbidden(err)
	if t.Doubt && t.attempts == 0 && useless && r.options.Resend {
		r.send(t)
		return
	}
	if err != nil && r.asking.Err() == nil {
		t.err = fmt.Errorf("%w; the look-up after it failed: %w", t.err, err)
	}
	r.end(t)
}

// resend sends a row whose user is not there.
func (r *run) resend(t try) {
	t.past = absent
	found := "the user is not there"
	if r.options.Change {
		found = "the change is not made"
	}
	t.err = fmt.Errorf("%w; the provider has said twice since that %s", t.err, found)
	if t.tries.failed >= r.options.Sends {
		r.end(t)
		return
	}
	r.send(t)
}
