package amend

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Decision says how the user of a row stands before an action.
type Decision int

// The standings.
const (
	// Present: the user is there, and the verb is to be performed.
	Present Decision = iota
	// Absent: it is proved that the provider has no such user.
	Absent
	// Unfound: the provider did not return the user, which proves nothing.
	Unfound
	// Already: the user is as the verb leaves them.
	Already
	// Modified: the user was changed since it was made, and is left out.
	Modified
	// NoID: the ledger holds no id of the user, who can only be deleted by the key.
	NoID
	// Invalid: the row has faults.
	Invalid
	// Unchecked: the provider gave no answer.
	Unchecked
)

// Candidate is a row with the user whom it is about.
type Candidate struct {
	// Item is the row; its Key and Record are those of the user. StoredKey is empty if
	// the user was not read.
	engine.Item
	Decision Decision
	// Conflict says of an unanswered row that the ledger has another account.
	Conflict bool
	// Changed says that the user was changed since it was made, and Untold that
	// the provider does not tell.
	Changed, ChangedUnknown bool
	// Errors are those of a faulty row, and Problem says why there is no answer.
	Errors  []roster.RowError
	Problem string
}

// Action performs a verb on users. Its methods are called in the order RecordKnown,
// Send; Subjects can be gone through at any time.
type Action struct {
	Adapter provider.Adapter
	Verb    ops.Verb
	// ReadAt returns when the users were read; nil if that does not matter.
	ReadAt func() time.Time
	// Subjects yields every row, in the order of its number.
	Subjects func(ctx context.Context) iter.Seq2[Candidate, error]
}

// RecordKnown notes the rows of which nothing is sent, and reports their
// outcomes. Those whose users are left out are not tried.
func (a *Action) RecordKnown(ctx context.Context, run ledger.Run, report func(engine.Result)) error {
	rows := recorder.Recorder{Run: run}
	for s, err := range a.Subjects(ctx) {
		if err != nil {
			return err
		}
		if s.Decision == Present || s.Decision == Modified {
			continue
		}
		outcome := a.known(s)
		if err := rows.Record(ctx, outcome); err != nil {
			return fmt.Errorf("%w: %w", engine.ErrRecorder, err)
		}
		report(outcome)
	}
	return nil
}

// known is the outcome of a row of which nothing is sent.
func (a *Action) known(s Candidate) engine.Result {
	outcome := engine.Result{Item: s.Item, State: rowstate.Failed, User: provider.User{ID: s.UserID}}
	switch s.Decision {
	case Absent:
		if a.Verb.Removes {
			outcome.State = rowstate.CommandOf(a.Verb.Command).Already
			break
		}
		outcome.Gone = true
		outcome.Err = &provider.Error{Class: provider.NotFound, Op: a.Verb.Name(), Err: errors.New("user not found")}
	case Unfound:
		outcome.Err = &provider.Error{Class: provider.NotFound, Op: a.Verb.Name(), Err: errors.New("user not found; absence is not proved")}
	case Already:
		outcome.State = rowstate.CommandOf(a.Verb.Command).Already
	case NoID:
		outcome.Err = &provider.Error{Class: provider.Invalid, Op: a.Verb.Name(), Err: errors.New("the run holds no id of the user")}
	case Invalid:
		outcome.Err = intake.Refusal(s.Errors)
	default:
		outcome.Err = unanswered(a.Verb.Name(), s.Problem, s.Conflict)
	}
	return outcome
}

// unanswered is the error of a row of which it is not known whether there is a user.
func unanswered(op, problem string, conflict bool) error {
	class := provider.Unsent
	if conflict {
		class = provider.Conflict
	}
	return &provider.Error{Class: class, Op: op, Err: errors.New(cmp.Or(problem, "whether there is such a user cannot be told"))}
}

// Send performs the verb on every user who is present. It ends as [engine.Run] does; a row
// whose response was lost is settled by reading the user again.
func (a *Action) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, run ledger.Run, options engine.Options) error {
	op, err := a.operation(client)
	if err != nil {
		return err
	}
	return recorder.Send(ctx, drain, op, recorder.Recorder{Run: run}, a.items(ctx), options)
}

func (a *Action) operation(client provider.Client) (engine.Operation, error) {
	readAt := func() time.Time { return time.Time{} }
	if a.ReadAt != nil {
		readAt = a.ReadAt
	}
	return a.Verb.Operation(client, a.Adapter.Lifecycle, readAt)
}

// items yields the rows on whose users the verb is to be performed.
func (a *Action) items(ctx context.Context) iter.Seq2[engine.Item, error] {
	return func(yield func(engine.Item, error) bool) {
		for s, err := range a.Subjects(ctx) {
			if err == nil && s.Decision != Present {
				continue
			}
			if !yield(s.Item, err) || err != nil {
				return
			}
		}
	}
}
