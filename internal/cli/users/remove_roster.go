package users

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
)

// removeRoster removes the users of a roster: read, validate, look up, ask,
// send, report.
func (o *removeOptions) removeRoster(ctx context.Context) error {
	options, err := o.bulkOptions()
	if err != nil {
		return err
	}
	return o.withValidRoster(ctx, options, o.openExisting, func(i *intake.Import, reading *intake.Reading, book *ledger.Ledger, link *kit.Link, outputs *outputs) error {
		return o.lookUpAndSend(ctx, i, reading.Rows-reading.Faulty, book, link, options, outputs)
	})
}

// lookUpAndSend goes on where the roster is read and valid.
func (o *removeOptions) lookUpAndSend(ctx context.Context, i *intake.Import, rows int, book *ledger.Ledger, link *kit.Link, options bulk.Options, outputs *outputs) (err error) {
	lock, err := book.Lock(ctx, o.selection.Target)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	connection, err := link.Get()
	if err != nil {
		return err
	}
	c := &amend.Comparison{Import: i}
	removal := c.Removal(o.deactivates())
	if err := o.askAbout(ctx, c, connection, rows, options); err != nil {
		return o.notLookedUp(err)
	}
	description := i.Roster.Description()
	return (&removing{
		importOptions: &o.importOptions, removal: removal, lines: c.RemovalLines(o.deactivates()), i: i,
		book: book, lock: lock, outputs: outputs,
		info: ledger.RunInfo{Source: o.source(description)}, source: sourceOf(description),
	}).carryOut(ctx, connection.Client, options)
}

// notLookedUp is the failure of a provider that could not be asked.
func (o *importOptions) notLookedUp(err error) error {
	if errors.Is(err, bulk.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("interrupted while asking the provider: nothing was sent"))
	}
	return kit.ProviderFailure(o.selection, fmt.Errorf("which users exist cannot be told, and nothing was sent: %w", err))
}
