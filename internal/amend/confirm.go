package amend

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Waiting is called before so many rows wait for so long until their absence counts.
type Waiting func(rows int, wait time.Duration)

// Confirm looks up the users that Ask did not find, by the id in the ledger and then by the key, and decides who
// of them is absent. Absence counts only after a time has passed since usher last sent, found or removed the user.
// Users who are found are present. All others are not found, which proves nothing. It follows Ask.
func (c *Comparison) Confirm(ctx context.Context, client provider.Client, options engine.Options, waiting Waiting) error {
	if all, err := c.Plan.AllFound(ctx); all || err != nil {
		return err
	}
	settle := options.SettleTime(ctx)
	rows, wait, err := c.confirmRows(ctx, client, options, func(since time.Duration) bool { return settle >= 0 && since >= settle })
	if rows == 0 || settle < 0 || err != nil {
		return err
	}
	waiting(rows, wait)
	if err := options.Wait(ctx, wait); err != nil {
		return err
	}
	_, _, err = c.confirmRows(ctx, client, options, func(time.Duration) bool { return true })
	return err
}

// confirmRows looks up the users of the rows that were not found. Absence counts if isOver returns true for the
// user. It returns the number of other users who seem absent, and how long they have to wait.
func (c *Comparison) confirmRows(ctx context.Context, client provider.Client, options engine.Options, isOver func(since time.Duration) bool) (rows int, wait time.Duration, err error) {
	settle := options.SettleTime(ctx)
	options.Route = &c.route
	_, finds := provider.As[provider.Finder](client)
	heard := lookupResults{plan: c.Plan, kept: c.keptOf, confirmed: !c.incomplete || finds}
	items := func(yield func(engine.Item, error) bool) {
		for row, err := range c.notFound(ctx) {
			var item engine.Item
			if err == nil {
				err = heard.keep(ctx)
			}
			if err == nil {
				item, err = c.itemOf(ctx, row)
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
	err = engine.Confirm(ctx, ops.Existence(client), items, options, func(item engine.Item, user provider.User, err error) {
		if since := time.Since(item.Seen); provider.AbsenceOf(err) == provider.AbsenceDocumented && !isOver(since) {
			rows++
			wait = max(wait, settle-since)
			return
		}
		heard.add(item, user, err)
	})
	return rows, wait, errors.Join(err, heard.keep(context.WithoutCancel(ctx)))
}

// notFound yields the valid rows whose user was not found, and whose absence is not confirmed.
func (c *Comparison) notFound(ctx context.Context) iter.Seq2[intake.Row, error] {
	return func(yield func(intake.Row, error) bool) {
		for row, err := range c.valid(ctx) {
			if err == nil {
				var answer ledger.Answer
				var ok bool
				answer, ok, err = c.answer(ctx, row)
				if err == nil && (!ok || !answer.NotFound) {
					continue
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// itemOf returns the item of a row, with what the ledger has of the user.
func (c *Comparison) itemOf(ctx context.Context, row intake.Row) (engine.Item, error) {
	item := engine.Item{Row: row.Number, Line: row.Line, Key: row.Record.Text(c.Adapter.Key), Record: row.Record, Digest: row.Digest}
	at, err := c.Plan.Seen(ctx, ledger.Digest(item.Digest))
	if err != nil {
		return item, err
	}
	item.Seen = at[ledger.Digest(item.Digest)]
	known, err := c.Plan.KnownByKey(ctx, c.Keys(row.Record))
	if known.Standing == ledger.Exists {
		item.UserID = known.UserID
	}
	return item, err
}

// ConfirmOne is [Comparison.Confirm] for one user who was not found by the key. Known is what the ledger has of
// the user, and seen when usher last sent, found or removed them, zero for never. It returns the user and Present,
// or Gone, or Unfound.
func ConfirmOne(ctx context.Context, client provider.Client, key string, known ledger.Finding, seen time.Time, options engine.Options, waiting Waiting) (user provider.User, standing Decision, err error) {
	settle := options.SettleTime(ctx)
	item := engine.Item{Row: 1, Line: 1, Key: key}
	if known.Standing == ledger.Exists {
		item.UserID = known.UserID
	}
	for isLast := false; ; isLast = true {
		var found error
		asked := engine.Confirm(ctx, ops.Existence(client), func(yield func(engine.Item, error) bool) { yield(item, nil) }, options,
			func(_ engine.Item, answered provider.User, err error) { user, found = answered, err })
		left := settle - time.Since(seen)
		switch {
		case asked != nil:
			return user, Unchecked, asked
		case found == nil:
			return user, Present, nil
		case provider.AbsenceOf(found) != provider.AbsenceDocumented:
			if provider.ClassOf(found) == provider.NotFound {
				return user, Unfound, nil
			}
			return user, Unchecked, found
		case settle < 0, known.Standing == ledger.Doubtful && known.Doubt != ledger.DoubtLost:
			return user, Unfound, nil // the request may still take effect
		case isLast || seen.IsZero() || left <= 0:
			return user, Absent, nil
		}
		waiting(1, left)
		if err := options.Wait(ctx, left); err != nil {
			return user, Unchecked, err
		}
	}
}
