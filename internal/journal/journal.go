// Package journal records the engine's intents and outcomes in the ledger, for every operation.
package journal

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

// Journal records a run's rows in the ledger. The meaning of their states as evidence depends on the run's
// command. It implements [engine.Journal], and is safe for concurrent use.
type Journal struct {
	Run ledger.Run
	// Digest returns the digest of a record's user. It and Key may be omitted for runs that create no users.
	Digest func(schema.Record) ledger.Digest
	// Key is the field of the natural key. A user whose key the provider returns in another form is recorded by
	// that form too.
	Key string
	// Before is called with the items whose intents are about to be recorded, and returns when all that must be
	// durable before them is. After an error no intent is recorded. It may be nil.
	Before func(items ...engine.Item) error
}

// Intend implements [engine.Journal].
func (j Journal) Intend(ctx context.Context, item engine.Item) error { return j.intend(ctx, item) }

// intend records the intents of all items, or of none.
func (j Journal) intend(ctx context.Context, items ...engine.Item) error {
	if j.Before != nil {
		if err := j.Before(items...); err != nil {
			return err
		}
	}
	intents := make([]ledger.Intent, len(items))
	for n, item := range items {
		intents[n] = ledger.Intent{Row: item.Row, Line: item.Line, Digest: ledger.Digest(item.Digest), Proof: int(item.Absent), UserID: item.UserID}
	}
	return j.Run.Intend(ctx, intents...)
}

// Withdraw implements [engine.Journal].
func (j Journal) Withdraw(ctx context.Context, item engine.Item) error {
	return j.Run.Withdraw(ctx, item.Row)
}

// Record implements [engine.Journal].
func (j Journal) Record(ctx context.Context, outcome engine.Outcome) error {
	noted := ledger.Outcome{
		Row: outcome.Row, Line: outcome.Line, Digest: ledger.Digest(outcome.Digest),
		State: outcome.State, UserID: cmp.Or(outcome.User.ID, outcome.UserID), Attempts: outcome.Attempts,
		Gone:  outcome.Gone || outcome.State == rowstate.Deleted || outcome.State == rowstate.Absent,
		Doubt: string(outcome.Doubt), Sends: outcome.Sends, Resends: outcome.Resends, Due: outcome.Due,
		NotStored: outcome.NotStored,
	}
	if own := outcome.User.Key; own != "" && j.Key != "" && own != outcome.Record.Text(j.Key) {
		if form := j.Digest(outcome.Record.With(schema.Record{j.Key: own})); form != noted.Digest {
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
	return j.Run.Record(ctx, noted)
}
