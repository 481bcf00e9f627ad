package amend

import (
	"context"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Journal keeps the rows of an update in the ledger, as [bulk.Journal] asks for
// it, in states that are no evidence for a create.
type Journal struct {
	Run    *ledger.Run
	Digest func(schema.Record) ledger.Digest
}

// Intend is [bulk.Journal].
func (j Journal) Intend(ctx context.Context, item bulk.Item) error {
	if err := j.Run.Record(ctx, j.outcome(item, ledger.Changing)); err != nil {
		return err
	}
	return j.Run.Flush(ctx)
}

// Withdraw is [bulk.Journal].
func (j Journal) Withdraw(ctx context.Context, item bulk.Item) error {
	return j.Run.Withdraw(ctx, item.Row)
}

// Record is [bulk.Journal].
func (j Journal) Record(ctx context.Context, outcome bulk.Outcome) error {
	noted := j.outcome(outcome.Item, stateOf(outcome.State))
	noted.UserID, noted.Attempts = outcome.User.ID, outcome.Attempts
	if outcome.Err != nil {
		noted.Class = provider.ClassOf(outcome.Err).String()
		noted.Message = outcome.Message()
	}
	return j.Run.Record(ctx, noted)
}

func (j Journal) outcome(item bulk.Item, state ledger.State) ledger.Outcome {
	return ledger.Outcome{Row: item.Row, Line: item.Line, Digest: j.Digest(item.Record), State: state}
}

// stateOf gives the ledger's word for what became of a row.
func stateOf(state bulk.State) ledger.State {
	switch state {
	case bulk.Created, Updated:
		return ledger.Updated
	case Unchanged:
		return ledger.Unchanged
	case bulk.Unknown:
		return ledger.Uncertain
	default:
		return ledger.Failed
	}
}
