package intake

import (
	"context"

	"github.com/bring-aboard/usher/internal/ledger"
)

// PlanCounts says what is known of the rows before any is sent. Create, Existing,
// InDoubt, Unclear, Gone and Faulty add up to Rows.
type PlanCounts struct {
	Rows int
	// Create is how many rows nothing speaks against.
	Create int
	// Existing is how many users exist, by the ledger or by the provider's word.
	Existing int
	// InDoubt is how many users an earlier run may have created.
	InDoubt int
	// Words is how many of those in doubt the administrator has said to be absent: they
	// may be sent again even if nothing can be looked up.
	Words int
	// Unclear is how many users may exist under a key that differs in case or
	// composition, or under several: they are not sent.
	Unclear int
	// Gone is how many users exist by the ledger, while it is proved that the provider
	// has them no longer: they are not sent. FirstGone is the first of them.
	Gone      int
	FirstGone ledger.Finding
	// Faulty is how many rows must not be sent.
	Faulty int
	// Unlisted is how many users exist by the ledger and were not found at the
	// provider, which proves nothing. FirstUnlisted is the first of them.
	Unlisted      int
	FirstUnlisted ledger.Finding
}

// Resolve compares the rows with what is known by now.
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
