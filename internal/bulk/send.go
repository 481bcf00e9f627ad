package bulk

import (
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// try is a row on its way, with what happened to it so far.
type try struct {
	Item
	past     past
	attempts int       // how often the create was tried in this run
	tries    tries     // how often it did not come through
	since    time.Time // of the doubt; zero where an earlier run left it
	err      error     // the latest reason
}

// past is what earlier attempts can have done.
type past int

const (
	clean    past = iota // nothing
	doubtful             // made the user, perhaps
	absent               // nothing: one was lost, and the provider said twice that the user is not there
)

// errEarlier is the reason of a doubt that an earlier run left.
var errEarlier = errors.New("an earlier run sent this row and never learned what came of it")

// handle gives a fresh row its outcome, or sets it aside.
func (r *run) handle(item Item) {
	t := try{Item: item}
	switch {
	case item.Doubt:
		t.past, t.err = doubtful, errEarlier
		r.unasked(t, nil)
	case r.options.LookFirst && r.finder != nil:
		r.lookFirst(t)
	default:
		r.send(t)
	}
}

// lookFirst sends a row unless the provider has its user.
func (r *run) lookFirst(t try) {
	user, err := r.find(r.sending, t.Item)
	switch {
	case err == nil:
		r.exists(t, user, nil)
	case errors.Is(err, errEnded):
		r.leave(t)
	case provider.ClassOf(err) == provider.NotFound:
		r.send(t)
	default:
		r.refuse(t, fmt.Errorf("%w; whether the user exists cannot be told, so nothing was sent", err))
	}
}

// send sends the create until there is something to say about the row.
func (r *run) send(t try) {
	for {
		left, ok := r.intend(t)
		if !ok {
			r.leave(t)
			return
		}
		user, err := r.create(r.requests, t.Record)
		if errors.Is(err, errHeld) {
			r.pace.leave()
			r.takeBack(t, t.err)
			continue
		}
		t.attempts++
		r.pace.answered(left, err)

		switch follow(err) {
		case done:
			r.breaker.good(true)
			r.finish(Outcome{Item: t.Item, State: Created, User: user, Attempts: t.attempts})
			return
		case fail, stopRun:
			r.refuse(t, err)
			return
		case lookUp:
			if r.options.Change { // what is taken is a value, not the user
				r.refuse(t, err)
				return
			}
			r.conflict(t, err)
			return
		case setAside:
			r.lost(t, err)
			return
		case again:
			if t.tries.exhausted(err, r.options.Sends) {
				r.refuse(t, err)
				return
			}
			r.takeBack(t, err)
			r.rest(r.sending, t.tries, err)
		}
	}
}

// intend waits until the row may leave and its intent is durable. Where a pause
// begins meanwhile, the intent is taken back: a crash must not leave rows in
// doubt that never left. It gives false when the run has ended.
func (r *run) intend(t try) (left time.Time, ok bool) {
	for {
		left, err := r.pace.enter(r.sending)
		if err != nil {
			return left, false
		}
		if err := r.journal.Intend(r.recording, t.Item); err != nil {
			r.pace.leave()
			r.cannotRecord(err)
			return left, false
		}
		if r.sending.Err() == nil && !r.pace.isPaused() {
			return left, true
		}
		r.pace.leave()
		r.takeBack(t, t.err)
	}
}

// takeBack has the journal forget the intent of an attempt that did not happen,
// or go back to what is known from the attempts before it.
func (r *run) takeBack(t try, err error) {
	if t.past != clean {
		r.record(Outcome{Item: t.Item, State: t.stateWithoutUser(), Err: err, Attempts: t.attempts})
		return
	}
	if err := r.journal.Withdraw(r.recording, t.Item); err != nil {
		r.cannotRecord(err)
	}
}

// stateWithoutUser is the state of a row whose latest attempt did not happen.
func (t try) stateWithoutUser() State {
	if t.past == doubtful {
		return Unknown
	}
	return Failed
}

// lost sets aside a row whose answer was lost.
func (r *run) lost(t try, err error) {
	r.breaker.gone(t.Line, err)
	t.tries.failed++
	t.past, t.since, t.err = doubtful, time.Now(), err
	if r.finder == nil {
		r.unasked(t, nil)
		return
	}
	r.shelf.put(t)
}

// refuse ends a row that was turned away, by the provider or on the way to it.
func (r *run) refuse(t try, err error) {
	switch provider.ClassOf(err) {
	case provider.Unsent, provider.Unknown:
		r.breaker.gone(t.Line, err)
	default:
		r.breaker.bad(t.Line, err)
	}
	if t.Doubt && t.past == doubtful {
		err = fmt.Errorf("%w; sent again: %w", errEarlier, err)
	}
	t.err = err
	r.end(t)
}

// leave ends a row whose turn the run's end took away. Where no attempt of it
// can have happened it stays untried and goes unreported.
func (r *run) leave(t try) {
	if t.past != clean {
		r.end(t)
	}
}

// end ends a row without a user, as far as is known.
func (r *run) end(t try) {
	r.finish(Outcome{Item: t.Item, State: t.stateWithoutUser(), Err: t.err, Attempts: t.attempts, Settled: t.past == absent})
}

// conflict asks whether it is this person who exists already.
func (r *run) conflict(t try, conflict error) {
	if r.finder == nil {
		r.exists(t, provider.User{}, conflict)
		return
	}
	user, err := r.find(r.asking, t.Item)
	switch {
	case err == nil:
		r.exists(t, user, conflict)
	case provider.ClassOf(err) == provider.NotFound:
		r.refuse(t, fmt.Errorf("%w; nobody has this key, so another user holds a value that must be unique", conflict))
	default:
		if t.past == absent {
			t.past = doubtful // the attempt that was lost may be what the provider means
		}
		r.refuse(t, fmt.Errorf("%w; whether it is this user cannot be told: %w", conflict, err))
	}
}

// exists ends a row whose user the provider has. Where an earlier attempt of
// this row was lost, that attempt made the user.
func (r *run) exists(t try, user provider.User, conflict error) {
	outcome := Outcome{Item: t.Item, State: Existing, User: user, Attempts: t.attempts}
	switch {
	case t.past != clean:
		outcome.State, outcome.Settled = Created, true
	case r.options.Exists == FailExisting:
		outcome.State, outcome.Err = Failed, existsAlready(conflict)
	}
	r.breaker.good(outcome.State == Created && t.attempts > 0)
	r.finish(outcome)
}

func existsAlready(conflict error) error {
	if conflict != nil {
		return fmt.Errorf("the user exists already: %w", conflict)
	}
	return &provider.Error{Class: provider.Conflict, Op: "create the user", Err: errors.New("the user exists already")}
}

// finish records and reports a final outcome.
func (r *run) finish(outcome Outcome) {
	r.record(outcome)
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.options.Report(outcome)
}

// record notes an outcome. The end of the run does not keep it from that.
func (r *run) record(outcome Outcome) {
	if err := r.journal.Record(r.recording, outcome); err != nil {
		r.cannotRecord(err)
	}
}

func (r *run) cannotRecord(err error) { r.breaker.stop(fmt.Errorf("%w: %w", ErrJournal, err)) }
