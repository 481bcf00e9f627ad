// Package recorder records the engine's intents and outcomes in the ledger, for every operation.
package recorder

import (
	"cmp"
	"context"
	"fmt"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// ClassDuplicate is the class of a created row whose key several users have.
const ClassDuplicate = "duplicate"

// Recorder records a run's rows in the ledger. The meaning of their states as evidence depends on the run's
// operation. It implements [engine.Recorder], and is safe for concurrent use.
type Recorder struct {
	Run ledger.Run
	// Operation is the name of the rows' [rowstate.Command]; empty for that of the run.
	Operation string
	// Digest returns the digest of a record's user. It and Key may be omitted for runs that create no users.
	Digest func(schema.Record) ledger.Digest
	// Key is the field of the natural key. A user whose key the provider returns in another form is recorded by
	// that form too.
	Key string
	// Before is called with the items whose intents are about to be recorded, and returns when all that must be
	// durable before them is. After an error no intent is recorded. It may be nil.
	Before func(items ...engine.Item) error
}

// Intend implements [engine.Recorder].
func (r Recorder) Intend(ctx context.Context, item engine.Item) error {
	if err := r.intend(ctx, item); err != nil {
		return err
	}
	if err := r.Run.MaySend(ctx); err != nil {
		return cmp.Or(r.Run.Withdraw(ctx, item.Row), err)
	}
	return nil
}

// intend records the intents of all items, or of none.
func (r Recorder) intend(ctx context.Context, items ...engine.Item) error {
	if r.Before != nil {
		if err := r.Before(items...); err != nil {
			return err
		}
	}
	intents := make([]ledger.Intent, len(items))
	for n, item := range items {
		intents[n] = ledger.Intent{Row: item.Row, Line: item.Line, Digest: ledger.Digest(item.Digest), Proof: int(item.Absent), UserID: item.UserID, Group: item.Group, Operation: r.Operation}
	}
	return r.Run.Intend(ctx, intents...)
}

// Withdraw implements [engine.Recorder].
func (r Recorder) Withdraw(ctx context.Context, item engine.Item) error {
	return r.Run.Withdraw(ctx, item.Row)
}

// Record implements [engine.Recorder].
func (r Recorder) Record(ctx context.Context, outcome engine.Result) error {
	noted := ledger.Outcome{
		Row: outcome.Row, Line: outcome.Line, Digest: ledger.Digest(outcome.Digest),
		State: outcome.State, UserID: cmp.Or(outcome.User.ID, outcome.UserID), Attempts: outcome.Attempts,
		Gone:  outcome.Gone || outcome.State == rowstate.Deleted || outcome.State == rowstate.Absent,
		Doubt: string(outcome.Doubt), Sends: outcome.Sends, Resends: outcome.Resends, Due: outcome.Due,
		NotStored: outcome.NotStored, Group: outcome.Group, Operation: r.Operation,
	}
	if own := outcome.User.Key; own != "" && r.Key != "" && own != outcome.Record.Text(r.Key) {
		if form := r.Digest(outcome.Record.With(schema.Record{r.Key: own})); form != noted.Digest {
			noted.Form = form
		}
	}
	if len(outcome.Duplicates) > 0 {
		noted.Class, noted.Message = ClassDuplicate, fmt.Sprintf("%d users have this key: %q", len(outcome.Duplicates), outcome.Duplicates)
	}
	if outcome.Err != nil {
		noted.Class = provider.ClassOf(outcome.Err).String()
		noted.Message = outcome.Message()
	}
	return r.Run.Record(ctx, noted)
}
