package users

import (
	"context"
	"errors"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
)

// opening is how a command opens its roster: [importOptions.openPeople] or
// [rosterOptions.openExisting].
type opening func(context.Context, *kit.Link) (*people, error)

// withRoster opens a roster with what its reading needs.
func (o *rosterOptions) withRoster(ctx context.Context, link *kit.Link, open opening, use func(*intake.Import, *ledger.Ledger) error) (err error) {
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	read := o.whileSlow("Reading " + o.rosterName())
	people, err := open(ctx, link)
	read()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	plan, err := book.NewPlan(ctx)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	return use(&intake.Import{
		Adapter: o.selection.Adapter, Roster: people.Roster, Plan: plan,
		Digest: intake.DigestOf(book, o.selection.Target, o.selection.Adapter),
	}, book)
}

// withValidRoster opens the roster of a run, with the files that it writes, and
// reads it whole. Faults refuse it, unless the rows that have them are to be
// skipped.
func (o *importOptions) withValidRoster(ctx context.Context, options bulk.Options, open opening, use func(*intake.Import, *intake.Reading, *ledger.Ledger, *kit.Link, *outputs) error) error {
	outputs, err := o.prepareOutputs()
	if err != nil {
		return err
	}
	defer outputs.discard()
	link := o.link(ctx, options)
	defer link.Close()
	return o.withRoster(ctx, link, open, func(i *intake.Import, book *ledger.Ledger) error {
		if err := o.checkFailedName(i.Roster); err != nil {
			return err
		}
		i.SkipInvalid = o.skipInvalid
		reading, err := o.readWhole(ctx, i)
		if err != nil {
			return err
		}
		if reading.Faulty > 0 && !o.skipInvalid {
			return o.refuseRoster(ctx, i.Faults(ctx), reading)
		}
		return use(i, reading, book, link, outputs)
	})
}

// readWhole reads and validates the roster, and says what was read.
func (o *rosterOptions) readWhole(ctx context.Context, i *intake.Import) (*intake.Reading, error) {
	read := o.whileSlow("Reading " + o.rosterName())
	defer read()
	reading, err := i.Read(ctx)
	if err != nil {
		return nil, notRead(err)
	}
	o.sayRead(i.Roster, reading)
	return reading, nil
}
