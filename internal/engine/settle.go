package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	// mostDoubts is the maximum number of rows set aside, which limits the use of memory.
	mostDoubts = 1000
	// maxUnanswered is the number of consecutive rows with a failed lookup that ends a round of lookups. The
	// provider cannot be reached then, and each lookup waits for its timeout.
	maxUnanswered = 5
	// mostStale is how often a proof of absence may expire before its row is sent.
	mostStale = 5
)

// pendingDoubts contains the rows in doubt until they are settled, oldest doubt first.
type pendingDoubts struct {
	mu   sync.Mutex
	rows []attempt
}

func (s *pendingDoubts) put(t attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = append(s.rows, t)
}

// clear removes and returns the rows.
func (s *pendingDoubts) clear() []attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.rows
	s.rows = nil
	return rows
}

func (s *pendingDoubts) isFull() bool { return s.len() >= mostDoubts }

// hasUnlooked reports whether a user was not looked up since the doubt began.
func (s *pendingDoubts) hasUnlooked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.rows, func(t attempt) bool { return !t.looked })
}

func (s *pendingDoubts) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows)
}

// caseOf returns the evidence about a row in doubt.
func (r *run) caseOf(t attempt) evidence.Case {
	unique := r.unique()
	c := evidence.Case{
		Doubt: t.doubt, Sends: t.sends, Since: time.Since(t.since), SettleAfter: cmp.Or(r.options.SettleAfter, evidence.SettleAfter(unique)),
		Unique: unique, Lookup: r.op.Confirm != nil, Asked: -1, Word: t.Word,
	}
	if !t.asked.IsZero() {
		c.Asked = time.Since(t.asked)
	}
	return c
}

// lookOnce looks up the users of the rows in doubt that were not looked up yet. Users who are found are no longer
// in doubt. All others remain set aside.
func (r *run) lookOnce() {
	if r.op.Confirm == nil || r.op.Repeatable {
		return
	}
	round := &round{}
	eachOf(r.options.Concurrency, r.pending.clear(), func(t attempt) {
		wasLooked := t.looked
		t.looked = true
		if wasLooked || round.isHopeless() {
			r.pending.put(t)
			return
		}
		user, err := r.find(r.asking, t.Item)
		round.note(err)
		if err == nil {
			r.exists(t, user, nil)
			return
		}
		r.pending.put(t)
	})
}

// round counts the consecutive lookups that failed.
type round struct {
	mu         sync.Mutex
	unanswered int
}

func (u *round) note(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch class := provider.ClassOf(err); {
	case err != nil && len(provider.UsersIn(err)) == 0 && (class == provider.Unsent || class == provider.Unknown):
		u.unanswered++
	default:
		u.unanswered = 0
	}
}

func (u *round) isHopeless() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.unanswered >= maxUnanswered
}

func errHopeless() error {
	return &provider.Error{Class: provider.Unsent, Op: "look up the user", Err: fmt.Errorf("%d consecutive lookups failed", maxUnanswered)}
}

// settleAll settles the rows in doubt, and those that come into doubt again meanwhile. All rows of a round wait
// together.
func (r *run) settleAll() {
	for doubts := r.pending.clear(); len(doubts) > 0; doubts = r.pending.clear() {
		if r.op.Repeatable {
			missing := r.readTwice(doubts)
			eachOf(r.options.Concurrency, missing, r.changeAgain)
			continue
		}
		r.await(doubts)
		if r.op.Confirm != nil && r.asking.Err() == nil {
			r.learn(doubts)
		}
		round := &round{}
		eachOf(r.settlers(), doubts, func(t attempt) { r.settle(t, round) })
	}
}

// settlers returns how many rows are settled at once: at a low rate few enough that no proof of absence expires
// before its row is sent.
func (r *run) settlers() int {
	if r.options.Rate <= 0 {
		return r.options.Concurrency
	}
	return max(1, min(r.options.Concurrency, int(r.options.Rate*evidence.LookAge.Seconds()/4)))
}

// await waits until the rows in doubt may be settled, or the run ends.
func (r *run) await(doubts []attempt) {
	var wait time.Duration
	waiting := 0
	for _, t := range doubts {
		c := r.caseOf(t)
		if c.Next() == evidence.Leave && (r.op.Confirm == nil || c.SettleAfter < 0) {
			continue // a later time would not help
		}
		if left := c.SettleAfter - c.Since; left > 0 {
			wait = max(wait, left)
			waiting++
		}
	}
	if wait > 0 && r.asking.Err() == nil {
		r.reporting.Lock()
		r.options.Settling(waiting, wait)
		r.reporting.Unlock()
		if r.options.Sleep(r.asking, wait) != nil {
			return // the caller checks the end of the run
		}
		for i := range doubts { // a sleep may only pretend to wait
			if settled := time.Now().Add(-r.caseOf(doubts[i]).SettleAfter); doubts[i].since.After(settled) {
				doubts[i].since = settled
			}
		}
	}
}

// settle ends the doubt about a row if the evidence allows it, and resends it if the evidence requires it.
func (r *run) settle(t attempt, round *round) {
	switch {
	case r.asking.Err() != nil:
		r.end(t)
		return
	case round.isHopeless():
		r.undecided(t, errHopeless())
		return
	}
	control := evidence.NoControl
	if c := r.caseOf(t); c.Lookup && c.Next() != evidence.Leave {
		control = r.control(t)
	}
	if r.op.Confirm != nil && !r.looksAbsent(&t, round) {
		return
	}
	c := r.caseOf(t)
	c.Control = control
	switch {
	case c.Next() == evidence.Resend:
		r.resend(t)
	case c.Control == evidence.Invisible:
		r.undecided(t, errors.New("users who were created later were not found either"))
	default:
		r.end(t)
	}
}

// looksAbsent looks up the user of a row in doubt, as often as a second request requires, and reports whether the
// user is confirmed absent each time. Otherwise it ends the row.
func (r *run) looksAbsent(t *attempt, round *round) bool {
	looks := evidence.LooksBeforeResend
	if r.caseOf(*t).IsClosed() {
		looks = 1 // it is not sent again
	}
	for range looks {
		t.asked = time.Now()
		user, err := r.findFresh(t.Item)
		round.note(err)
		switch {
		case err == nil:
			r.exists(*t, user, nil)
			return false
		case provider.AbsenceOf(err) == provider.AbsenceDocumented, t.Word && provider.ClassOf(err) == provider.NotFound:
		default:
			r.undecided(*t, err)
			return false
		}
	}
	if !t.Word && !r.options.Route.now().CanProve(t.Key, t.unlisted) {
		r.undecided(*t, errUnproved)
		return false
	}
	return true
}

// undecided ends a row in doubt that a lookup did not settle. If several users have the key, one of them is the
// row's.
func (r *run) undecided(t attempt, err error) {
	if users := provider.UsersIn(err); provider.ClassOf(err) == provider.Conflict && len(users) > 1 {
		outcome := t.outcome(r.op.Already, nil)
		if r.isOurs(t, users[0]) {
			outcome.State = r.op.Done
		}
		outcome.User, outcome.Settled = users[0], true
		for _, user := range users {
			outcome.Duplicates = append(outcome.Duplicates, user.ID)
		}
		r.finish(outcome)
		return
	}
	if err != nil && r.asking.Err() == nil {
		t.err = fmt.Errorf("%w; the lookup after it: %w", t.err, err)
	}
	r.end(t)
}

// resend sends a row whose absence is confirmed, or whose provider rejects a second user.
func (r *run) resend(t attempt) {
	t.absent = r.op.Confirm != nil || t.Word
	if t.absent {
		t.err = fmt.Errorf("%w; later lookups found no user", t.err)
	}
	t.resends++
	r.send(t)
}

// isStale reports whether a proof of absence is too old for the request that is about to be sent.
func (t attempt) isStale() bool { return !t.asked.IsZero() && time.Since(t.asked) > evidence.LookAge }

// postpone sets aside a row whose proof has expired, to be looked up again.
func (r *run) postpone(t attempt) {
	r.pace.release()
	r.withdraw(t, t.err)
	t.resends--
	t.absent, t.asked = false, time.Time{}
	if t.stale++; t.stale >= mostStale {
		r.end(t)
		return
	}
	r.pending.put(t)
}
