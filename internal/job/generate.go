package job

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
)

// numberedKey is a generated key with a number.
type numberedKey struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
}

// checkGenerated returns an error if the keys of people without one cannot be compared with those of the provider.
func (c *Create) checkGenerated(r *run) error {
	if len(r.reader.IdentifyBy) == 0 {
		return nil
	}
	if c.NoCheck {
		return failure.Refuse(errors.New("--identify-by cannot be combined with --no-check: a generated key may be another user's"), "omit --no-check")
	}
	return CanAsk(r.Selection.Adapter)
}

// generateKeys generates the keys of people who have none.
func (c *Create) generateKeys(ctx context.Context, r *run) error {
	if r.intake.Generated == nil {
		return nil
	}
	if err := r.intake.GenerateKeys(ctx, r.reading); err != nil {
		return failure.Refuse(err)
	}
	return c.checkKeys(ctx, r)
}

// takeNext gives people whose generated key is another user's the next one, until the provider has none of them.
func (c *Create) takeNext(ctx context.Context, r *run) error {
	if r.intake.Generated == nil {
		return nil
	}
	for {
		rows, err := r.intake.TakeNext(ctx, r.reading)
		if err != nil {
			return failure.Refuse(err)
		}
		if err := c.checkKeys(ctx, r); err != nil || rows == 0 {
			return err
		}
		if _, err := r.intake.Resolve(ctx); err != nil {
			return failure.Refuse(err)
		}
		if err := c.askAgain(ctx, r, rows); err != nil {
			return c.notAsked(r, err)
		}
		if _, err := r.intake.Resolve(ctx); err != nil {
			return failure.Refuse(err)
		}
	}
}

// askAgain asks the provider about so many rows that have a new key. A list that was read has the users of all keys; it is
// read again if who was taken for the user of a row may be a leaver.
func (c *Create) askAgain(ctx context.Context, r *run, rows int) error {
	switch {
	case c.asked == intake.ByLookUp:
		return c.lookUp(ctx, r, rows)
	case c.relist == nil:
		return nil
	}
	c.relist()
	if err := r.intake.Unask(ctx); err != nil {
		return err
	}
	return c.askList(ctx, r)
}

// checkKeys returns an error if keys could not be generated and invalid rows are not skipped.
func (c *Create) checkKeys(ctx context.Context, r *run) error {
	if r.reading.Invalid > 0 && !r.SkipInvalid {
		return r.refuseRoster(ctx, r.intake.RowErrors(ctx), r.reading)
	}
	c.numbered = nil
	for row, err := range r.intake.Renumbered(ctx) {
		if err != nil {
			return err
		}
		c.numbered = append(c.numbered, numberedKey{row.Line, row.Record.Text(r.Selection.Adapter.Key)})
	}
	return nil
}

// showNumbered shows the generated keys with a number.
func (c *Create) showNumbered(r *run) {
	const most = 10
	if len(c.numbered) == 0 {
		return
	}
	var names []string
	for _, one := range c.numbered[:min(most, len(c.numbered))] {
		names = append(names, fmt.Sprintf("line %d: %s", one.Line, one.Key))
	}
	if more := len(c.numbered) - most; more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	r.showNames(fmt.Sprintf("%s with a number, because others have the name:", progress.Count(len(c.numbered), r.Selection.Adapter.Key)), names)
}

// markKeys identifies the keys of all rows, beside what is known of their users.
func (c *Create) markKeys(ctx context.Context, r *run) (mark, error) {
	return markOf(r.intake.Plan.Rows(ctx, ledger.Selection{}), func(row ledger.PlanRow) any { return []any{row.Row, row.Finding, row.Record[:len(ledger.Digest{})]} })
}
