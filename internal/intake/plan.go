package intake

import (
	"context"

	"github.com/bring-aboard/usher/internal/ledger"
)

// Counts says what is known of the rows before any is sent. Create, Existing,
// InDoubt and Faulty add up to Rows.
type Counts struct {
	Rows int
	// Create is how many rows nothing speaks against.
	Create int
	// Existing is how many users exist, by the ledger or by the provider's word.
	Existing int
	// InDoubt is how many users an earlier run may have created.
	InDoubt int
	// Faulty is how many rows must not be sent.
	Faulty int
	// Unlisted is how many users exist by the ledger and are missing in the
	// provider's list, where that was read. FirstUnlisted is the first of them.
	Unlisted      int
	FirstUnlisted ledger.Finding
}

// Resolve compares the rows with what is known by now.
func (i *Import) Resolve(ctx context.Context) (Counts, error) {
	planned, err := i.Plan.Resolve(ctx)
	if err != nil {
		return Counts{}, err
	}
	// Nothing is known of the person of a faulty row: to the plan it is new.
	i.counts = Counts{
		Rows: planned.Rows, Create: planned.New - i.faulty, Existing: planned.Existing, InDoubt: planned.InDoubt,
		Faulty: i.faulty + i.repeated,
	}
	if i.repeated > 0 || i.listed && planned.Existing > 0 {
		err = i.inspect(ctx)
	}
	return i.counts, err
}

// inspect goes through the rows for what the plan's sums do not tell: which
// standing those have whose key is repeated, and who is missing in the
// provider's list.
func (i *Import) inspect(ctx context.Context) error {
	repeated := i.repetitions(ctx)
	defer repeated.stop()
	i.counts.Create -= i.repeated // as long as nothing is known of them
	for row, err := range i.Plan.Findings(ctx) {
		if err != nil {
			return err
		}
		_, isRepeated, err := repeated.at(row.Row)
		switch {
		case err != nil:
			return err
		case isRepeated:
			i.counts.Create++
			*i.counts.of(row.Finding.Standing)--
		case i.listed && row.Finding.Standing == ledger.Exists && !row.Finding.Listed:
			if i.counts.Unlisted == 0 {
				i.counts.FirstUnlisted = row.Finding
			}
			i.counts.Unlisted++
		}
	}
	return nil
}

// of gives the count of a standing.
func (c *Counts) of(standing ledger.Standing) *int {
	switch standing {
	case ledger.Exists:
		return &c.Existing
	case ledger.Doubtful:
		return &c.InDoubt
	default:
		return &c.Create
	}
}
