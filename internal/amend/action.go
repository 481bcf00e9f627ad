package amend

import (
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
	"github.com/bring-aboard/usher/pkg/schema"
)

// Decision is the decision about a row before an action.
type Decision int

// The decisions.
const (
	// Present: the user exists, and the verb is to be performed.
	Present Decision = iota
	// Absent: the user is confirmed absent.
	Absent
	// Unfound: the provider did not return the user, which proves nothing.
	Unfound
	// Already: the user is already as the verb leaves them.
	Already
	// Modified: the user was modified since creation, and is skipped.
	Modified
	// NoID: the ledger has no id for the user, who can only be deleted by the key.
	NoID
	// Invalid: the row has validation errors.
	Invalid
	// Unchecked: the provider did not respond.
	Unchecked
)

// Candidate is a row with its user.
type Candidate struct {
	// Item is the row. Its Key and Record are those of the user. StoredKey is empty if the user was not read.
	engine.Item
	Decision Decision
	// Conflict reports, for an unanswered row, that the ledger has another account.
	Conflict bool
	// Changed reports that the user was modified since creation, and ChangedUnknown that the provider does not report
	// when.
	Changed, ChangedUnknown bool
	// Errors are the validation errors of a faulty row, and Problem is why there is no answer.
	Errors  []roster.RowError
	Problem error
}

// Action performs a verb on users. Its methods are called in the order RecordKnown, Send. Subjects can be iterated
// at any time.
type Action struct {
	Adapter provider.Adapter
	Verb    ops.Verb
	// ReadAt returns when the users were read; nil if that does not matter.
	ReadAt func() time.Time
	// Subjects yields every row, in the order of its number.
	Subjects func(ctx context.Context) iter.Seq2[Candidate, error]
	// Changes returns the values that the verb sends for a row; nil for a verb that sends none.
	Changes func(Candidate) (schema.Record, error)
}

// RecordKnown records the outcomes of rows for which nothing is sent, and reports them. Rows whose users are
// skipped are not tried.
func (a *Action) RecordKnown(ctx context.Context, run ledger.Run, report func(engine.Result)) error {
	rows := recorder.Recorder{Run: run, Operation: a.Verb.Command}
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

// known returns the outcome of a row for which nothing is sent.
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
		outcome.Err = &provider.Error{Class: provider.NotFound, Op: a.Verb.Name(), Err: errors.New("user not found; absence not confirmed")}
	case Already:
		outcome.State = rowstate.CommandOf(a.Verb.Command).Already
	case NoID:
		outcome.Err = &provider.Error{Class: provider.Invalid, Op: a.Verb.Name(), Err: errors.New("the ledger has no id for this user")}
	case Invalid:
		outcome.Err = intake.Refusal(s.Errors)
	default:
		outcome.Err = unanswered(a.Verb.Name(), s.Problem, s.Conflict)
	}
	return outcome
}

// unanswered returns the error of a row if it is unknown whether its user exists.
func unanswered(op string, problem error, conflict bool) error {
	class := provider.Unsent
	if conflict {
		class = provider.Conflict
	}
	if problem == nil {
		problem = errors.New("could not look up the user")
	}
	return &provider.Error{Class: class, Op: op, Err: problem}
}

// Send performs the verb on every user who is present. It ends as [engine.Run] does. A row whose response was lost
// is settled by reading the user again.
func (a *Action) Send(ctx context.Context, drain <-chan struct{}, client provider.Client, run ledger.Run, options engine.Options) error {
	op, err := a.operation(client)
	if err != nil {
		return err
	}
	return recorder.Send(ctx, drain, op, recorder.Recorder{Run: run, Operation: a.Verb.Command}, a.items(ctx), options)
}

func (a *Action) operation(client provider.Client) (engine.Operation, error) {
	readAt := func() time.Time { return time.Time{} }
	if a.ReadAt != nil {
		readAt = a.ReadAt
	}
	return a.Verb.Operation(client, a.Adapter.Lifecycle, readAt)
}

// items yields the rows whose users the verb is to be performed on.
func (a *Action) items(ctx context.Context) iter.Seq2[engine.Item, error] {
	return func(yield func(engine.Item, error) bool) {
		for s, err := range a.Subjects(ctx) {
			if err == nil && s.Decision != Present {
				continue
			}
			if err == nil && a.Changes != nil {
				if s.Item.Changes, err = a.Changes(s); err == nil {
					s.Record = s.Record.With(s.Item.Changes)
				}
			}
			if !yield(s.Item, err) || err != nil {
				return
			}
		}
	}
}
