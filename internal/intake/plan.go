package intake

import (
	"context"

	"github.com/bring-aboard/usher/internal/ledger"
)

// PlanCounts is the number of rows by decision, before any is sent. Create, Existing, InDoubt, Unclear, Gone and
// Faulty add up to Rows.
type PlanCounts struct {
	Rows int
	// Create is the number of rows without an obstacle.
	Create int
	// Existing is the number of users who exist, according to the ledger or the provider.
	Existing int
	// InDoubt is the number of users that an earlier run may have created.
	InDoubt int
	// Words is the number of users in doubt that the administrator has settled as absent: they may be sent again
	// even if no lookup is possible.
	Words int
	// Unclear is the number of users who may exist under a key that differs in case or composition, or under
	// several keys. They are not sent.
	Unclear int
	// Gone is the number of users who exist according to the ledger but are confirmed absent at the provider. They
	// are not sent. FirstGone is the first of them.
	Gone      int
	FirstGone ledger.Finding
	// Faulty is the number of rows that must not be sent.
	Faulty int
	// Unlisted is the number of users who exist according to the ledger and were not found at the provider, which
	// proves nothing. FirstUnlisted is the first of them.
	Unlisted      int
	FirstUnlisted ledger.Finding
}

// Resolve decides about the rows from what is known so far.
func (i *Import) Resolve(ctx context.Context) (PlanCounts, error) {
	planned, err := i.Plan.Resolve(ctx, i.choose)
	if err != nil {
		return PlanCounts{}, err
	}
	i.counts = PlanCounts{
		Rows: planned.Rows, Create: planned.New, Existing: planned.Existing, InDoubt: planned.InDoubt, Words: planned.Words,
		Unclear: planned.Unclear, Gone: planned.Gone, Faulty: planned.Invalid + planned.Repeated,
	}
	if planned.Gone > 0 {
		if i.counts.FirstGone, err = i.Plan.First(ctx, ledger.ProvedGone, false); err != nil {
			return PlanCounts{}, err
		}
	}
	if i.asked && planned.Unlisted > 0 {
		i.counts.Unlisted = planned.Unlisted
		i.counts.FirstUnlisted, err = i.Plan.First(ctx, ledger.Exists, false)
	}
	return i.counts, err
}
