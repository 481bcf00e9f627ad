package amend

import (
	"context"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
)

// removalJournal keeps the rows of a removal in the ledger, as [bulk.Journal]
// asks for it. The item of the engine stands for the subject.
type removalJournal struct {
	r   *Removal
	run *ledger.Run
}

// Intend is [bulk.Journal].
func (j removalJournal) Intend(ctx context.Context, item bulk.Item) error {
	s := j.r.underWay.get(item.Key)
	if err := j.run.Record(ctx, ledger.Outcome{Row: s.Row, Line: s.Line, Digest: s.Digest, UserID: s.UserID, State: ledger.Changing}); err != nil {
		return err
	}
	return j.run.Flush(ctx)
}

// Withdraw is [bulk.Journal].
func (j removalJournal) Withdraw(ctx context.Context, item bulk.Item) error {
	return j.run.Withdraw(ctx, item.Row)
}

// Record is [bulk.Journal].
func (j removalJournal) Record(ctx context.Context, outcome bulk.Outcome) error {
	s := j.r.underWay.get(outcome.Key)
	told := j.r.told(s, outcome)
	return j.note(ctx, s.Subject, told, told.State == Deleted || told.State == Absent)
}

// note notes what came of a row, and that its user is gone where that is certain.
func (j removalJournal) note(ctx context.Context, s Subject, outcome bulk.Outcome, gone bool) error {
	noted := ledger.Outcome{
		Row: s.Row, Line: s.Line, Digest: s.Digest, UserID: s.UserID,
		State: removalState(outcome.State), Gone: gone, Attempts: outcome.Attempts,
	}
	if outcome.Err != nil {
		noted.Class = provider.ClassOf(outcome.Err).String()
		noted.Message = outcome.Message()
	}
	return j.run.Record(ctx, noted)
}

// removalState gives the ledger's word for what became of a row.
func removalState(state bulk.State) ledger.State {
	switch state {
	case Deleted, Absent, Deactivated, Unchanged:
		return ledger.State(state)
	case bulk.Unknown:
		return ledger.Uncertain
	default:
		return ledger.Failed
	}
}
