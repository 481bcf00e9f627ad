package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// attempt is a row in progress, with its history.
type attempt struct {
	Item
	doubt    evidence.Doubt // the possible effect of earlier attempts
	lost     bool           // the response to a request was lost
	absent   bool           // no attempt had an effect: absence was confirmed after the last doubt
	unlisted bool           // a complete list that was read after the last doubt lacks the user
	asked    time.Time      // when the last lookup was sent that confirmed absence
	stale    int            // how often that was too long ago when the row could be sent
	attempts int            // attempts in this run
	sends    int            // how often it may have reached the provider, in all runs
	resends  int            // how often it was resent after a doubt
	tries    Retries
	first    time.Time // when the first request was sent
	left     time.Time // when the last one was sent, and
	since    time.Time // when it ended; both zero if an earlier run sent it
	looked   bool      // the user was looked up since the doubt began
	controls *controls // users who were created later
	err      error     // the latest reason
}

// errInDoubt is the reason of a doubt from an earlier run.
var errInDoubt = errors.New("an earlier run sent this row but got no response")

// errForeign is the reason of a doubt that another machine left.
var errForeign = errors.New("another machine sent this row, or may still send it")

// newAttempt returns the new row of an item.
func (r *run) newAttempt(item Item) attempt {
	t := attempt{Item: item, doubt: item.Doubt, sends: item.Sends, first: item.First}
	if item.Doubt != evidence.NoDoubt {
		t.since, t.err = r.began, errInDoubt
	}
	if item.Doubt == evidence.ForeignDoubt {
		t.err = errForeign
	}
	return t
}

// handle finishes a new row, or sets it aside.
func (r *run) handle(item Item) {
	t := r.newAttempt(item)
	switch {
	case item.Doubt != evidence.NoDoubt:
		r.setAside(t)
	case r.options.LookFirst && r.op.Confirm != nil:
		r.lookFirst(t)
	default:
		r.send(t)
	}
}

// lookFirst sends a row unless the provider has its user, or the lookup fails.
func (r *run) lookFirst(t attempt) {
	user, err := r.find(r.sending, t.Item)
	switch {
	case err == nil:
		r.exists(t, user, nil)
	case errors.Is(err, errEnded):
		r.leave(t)
	case provider.AbsenceOf(err) == provider.AbsenceDocumented:
		t.Absent = evidence.ByLookup
		r.send(t)
	case isUnclear(err):
		r.finish(Result{Item: t.Item, State: rowstate.Unknown, Err: fmt.Errorf("%w; nothing was sent", err)})
	default:
		r.noteFailure(t, err)
		r.report(Result{Item: t.Item, State: rowstate.NotTried, Err: fmt.Errorf("%w; nothing was sent", err)})
	}
}

// send sends the create until the row has an outcome or is set aside.
func (r *run) send(t attempt) {
	for {
		left, ok := r.intend(t)
		if !ok {
			r.leave(t)
			return
		}
		if t.isStale() {
			r.postpone(t)
			return
		}
		t.left = time.Now()
		if t.first.IsZero() {
			t.first = t.left
		}
		user, err := r.do(r.requests, t.Item)
		switch {
		case errors.Is(err, errNotSent):
			r.pace.release()
			r.withdraw(t, t.err)
			continue
		case errors.Is(err, ErrAlready):
			r.pace.release()
			r.exists(t, user, nil)
			return
		}
		t.attempts++
		r.pace.observe(left, err)
		r.heed(err)
		step := r.follow(err)
		if step != again {
			t.sends++
		}

		switch step {
		case done:
			r.done(t, user)
			return
		case fail, stopRun:
			r.refuse(t, err)
			return
		case lookUp:
			if r.op.Repeatable { // the conflict is about another value, not the user
				r.refuse(t, err)
				return
			}
			r.conflict(t, err)
			return
		case setAside:
			r.lost(t, err)
			return
		case again:
			if r.exhausted(&t.tries, err) {
				r.refuse(t, err)
				return
			}
			r.withdraw(t, err)
			r.rest(r.sending, t.tries, err)
		}
	}
}

// intend waits until the row may be sent and its intent is durable. If a pause begins meanwhile, it withdraws the
// intent, because a crash must not leave rows in doubt that were never sent. It returns false when the run has
// ended.
func (r *run) intend(t attempt) (left time.Time, ok bool) {
	for {
		left, err := r.pace.acquire(r.sending)
		if err != nil {
			return left, false
		}
		if err := r.recorder.Intend(r.recording, t.Item); err != nil {
			r.pace.release()
			r.stopOnLedgerError(err)
			return left, false
		}
		if r.sending.Err() == nil && !r.pace.isPaused() {
			return left, true
		}
		r.pace.release()
		r.withdraw(t, t.err)
	}
}

// withdraw withdraws the intent of an attempt that was not made, or records the state after the attempts before
// it.
func (r *run) withdraw(t attempt, err error) {
	if t.doubt != evidence.NoDoubt {
		r.record(t.outcome(t.stateWithoutUser(), err))
		return
	}
	if err := r.recorder.Withdraw(r.recording, t.Item); err != nil {
		r.stopOnLedgerError(err)
	}
}

// outcome returns the outcome of the row in a state.
func (t attempt) outcome(state rowstate.State, err error) Result {
	outcome := Result{Item: t.Item, State: state, Err: err, Attempts: t.attempts, Sends: t.sends, Resends: t.resends}
	if state == rowstate.Unknown {
		outcome.Doubt = t.doubt
	}
	return outcome
}

// stateWithoutUser returns the state of a row whose latest attempt was not made.
func (t attempt) stateWithoutUser() rowstate.State {
	if t.doubt != evidence.NoDoubt && !t.absent {
		return rowstate.Unknown
	}
	return rowstate.Failed
}

// done ends a row whose operation was affirmed. If the response has no id, the user is looked up, immediately and
// again at the end of the run.
func (r *run) done(t attempt, user provider.User) {
	r.options.Route.stored(t.Key, user.Key)
	r.affirmed.add(t)
	r.breaker.noteOK(true)
	if user.ID == "" && r.op.Confirm != nil && !r.op.Repeatable {
		if found, err := r.find(r.asking, t.Item); err == nil {
			user = found
		}
	}
	outcome := t.outcome(r.op.Done, nil)
	outcome.User = user
	outcome.Due = !r.op.Repeatable && r.op.Confirm != nil && (t.doubt != evidence.NoDoubt || t.tries.turned > 0 || user.ID == "")
	if outcome.Due {
		r.due.add(Due{Item: t.Item, UserID: user.ID, Resends: t.resends})
	}
	r.finish(outcome)
}

// lost sets aside a row whose create may have had an effect.
func (r *run) lost(t attempt, err error) {
	r.breaker.noteLost(t.Line, err)
	t.tries.failed++
	t.lost = t.lost || !errors.Is(err, ErrNotThere)
	t.doubt, t.absent, t.unlisted, t.looked = t.doubt.After(r.op.reply(err)), false, false, false
	t.asked, t.Word = time.Time{}, false // it was about the requests before
	t.since, t.err = time.Now(), err
	r.setAside(t)
}

// setAside sets a row in doubt aside until the doubts are settled, or ends it if there is no way to settle it: a change
// is settled by reading the user, and not by what the provider documents about unique keys.
func (r *run) setAside(t attempt) {
	if r.op.Confirm == nil && (r.op.Repeatable || r.caseOf(t).Next() == evidence.Leave) {
		r.end(t)
		return
	}
	t.controls = r.affirmed.watch(t.left)
	r.pending.put(t)
}

// noteFailure notes a failure for the breaker.
func (r *run) noteFailure(t attempt, err error) {
	switch provider.ClassOf(err) {
	case provider.Unsent, provider.Unknown:
		r.breaker.noteLost(t.Line, err)
	default:
		r.breaker.noteFailed(t.Line, err)
	}
}

// refuse ends a row that was rejected, by the provider or before it was sent.
func (r *run) refuse(t attempt, err error) {
	r.noteFailure(t, err)
	if t.Doubt != evidence.NoDoubt && t.stateWithoutUser() == rowstate.Unknown {
		err = fmt.Errorf("%w; sent again: %w", errInDoubt, err)
	}
	t.err = err
	r.end(t)
}

// leave ends a row that was not sent because the run ended. If no attempt can have had an effect, it is not tried
// and not reported.
func (r *run) leave(t attempt) {
	if t.doubt != evidence.NoDoubt {
		r.end(t)
	}
}

// end ends a row without a known user.
func (r *run) end(t attempt) {
	outcome := t.outcome(t.stateWithoutUser(), t.err)
	outcome.Settled = t.absent
	r.finish(outcome)
}

// conflict looks up whether the existing user is this one.
func (r *run) conflict(t attempt, conflict error) {
	var (
		user   provider.User
		lookup error
	)
	if r.op.Confirm != nil {
		user, lookup = r.find(r.asking, t.Item)
	}
	if t.absent {
		t.absent = false // the conflict may be with the attempt that was lost
	}
	switch evidence.AfterConflict(t.doubt, r.op.Confirm != nil, lookup, r.options.OnlyKey) {
	case evidence.IsUser:
		r.exists(t, user, conflict)
	case evidence.IsOther:
		r.refuse(t, conflictWithOther(conflict, lookup))
	default:
		if t.doubt == evidence.NoDoubt { // without a lookup, and with several unique values
			t.doubt = evidence.AnsweredDoubt
		}
		r.refuse(t, uncheckedConflict(conflict, lookup))
	}
}

// uncheckedConflict returns the error of a conflict with an unknown user.
func uncheckedConflict(conflict, lookup error) error {
	if lookup == nil {
		return fmt.Errorf("%w; could not check whether it is this user", conflict)
	}
	return fmt.Errorf("%w; could not check whether it is this user: %w", conflict, lookup)
}

// conflictWithOther returns the error of a conflict of a row that certainly created no user.
func conflictWithOther(conflict, lookup error) error {
	if provider.AbsenceOf(lookup) == provider.AbsenceDocumented {
		if failure, ok := errors.AsType[*provider.Error](conflict); ok && failure.Ambiguous {
			refused := *failure
			refused.Class, refused.Ambiguous = provider.Invalid, false
			return &refused // the status means this as well, and no user has the key
		}
		return fmt.Errorf("%w; no user has this key: another user has one of its unique values, or the user was created recently", conflict)
	}
	return uncheckedConflict(conflict, lookup)
}

// exists ends a row whose user exists. If an earlier attempt of this row was lost, the evidence decides whether
// that attempt created the user.
func (r *run) exists(t attempt, user provider.User, conflict error) {
	outcome := t.outcome(r.op.Already, nil)
	outcome.User = user
	switch {
	case t.doubt != evidence.NoDoubt && r.isOurs(t, user):
		outcome.State, outcome.Settled = r.op.Done, true
	case r.options.Exists == FailExisting:
		outcome.State, outcome.Err = rowstate.Failed, existsAlready(conflict)
	default:
		outcome.Settled = t.doubt != evidence.NoDoubt
	}
	r.breaker.noteOK(outcome.State == r.op.Done && t.attempts > 0)
	if outcome.Due = t.resends > 0 && outcome.State == r.op.Done && r.op.Confirm != nil; outcome.Due {
		r.due.add(Due{Item: t.Item, UserID: user.ID, Resends: t.resends})
	}
	r.finish(outcome)
}

// isOurs reports whether a request of the row has caused the state that was found after a doubt.
func (r *run) isOurs(t attempt, user provider.User) bool {
	if r.op.Repeatable {
		return t.lost
	}
	proved := t.Absent.Proves(r.options.Route.now(), t.Key)
	return evidence.OwnerOf(proved, t.first, r.options.Made(user)) == evidence.Ours
}

func existsAlready(conflict error) error {
	if conflict != nil {
		return fmt.Errorf("user already exists: %w", conflict)
	}
	return &provider.Error{Class: provider.Conflict, Op: "create the user", Err: errors.New("user already exists")}
}

// finish records and reports a final outcome.
func (r *run) finish(outcome Result) {
	if outcome.State == r.op.Done {
		outcome.NotStored = r.options.NotStored(outcome.Item, outcome.User)
	}
	if r.op.Repeatable && r.options.Strict && len(outcome.NotStored) > 0 {
		outcome.State, outcome.Err = rowstate.Failed, NotStoredError(outcome.NotStored)
	}
	r.record(outcome)
	r.report(outcome)
}

func (r *run) report(outcome Result) {
	r.reporting.Lock()
	defer r.reporting.Unlock()
	r.options.Report(outcome)
}

// record records an outcome, even after the run has ended.
func (r *run) record(outcome Result) {
	if err := r.recorder.Record(r.recording, outcome); err != nil {
		r.stopOnLedgerError(err)
	}
}

func (r *run) stopOnLedgerError(err error) { r.breaker.stop(fmt.Errorf("%w: %w", ErrRecorder, err)) }
