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

// withRoster opens a roster with what its reading needs, reads and validates it,
// and says what was read.
func (o *rosterOptions) withRoster(ctx context.Context, link *kit.Link, open opening, use func(*intake.Import, *intake.Reading, *ledger.Ledger) error) (err error) {
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	read := o.whileSlow("Reading " + o.rosterName())
	defer read()
	people, err := open(ctx, link)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	plan, err := book.NewPlan(ctx)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	i := &intake.Import{
		Adapter: o.selection.Adapter, Roster: people.Roster, Plan: plan, SkipInvalid: people.skipInvalid,
		Digest: intake.DigestOf(book, o.selection.Target, o.selection.Adapter),
	}
	reading, err := i.Read(ctx)
	if err != nil {
		return notRead(err)
	}
	read()
	o.sayRead(people.Roster, reading)
	return use(i, reading, book)
}

// withValidRoster is withRoster for a run, with the files that it writes.
// Faults refuse the roster, unless the rows that have them are to be skipped.
func (o *importOptions) withValidRoster(ctx context.Context, options bulk.Options, open opening, use func(*intake.Import, *intake.Reading, *ledger.Ledger, *kit.Link, *outputs) error) error {
	outputs, err := o.prepareOutputs()
	if err != nil {
		return err
	}
	defer outputs.discard()
	link := o.link(ctx, options)
	defer link.Close()
	return o.withRoster(ctx, link, o.fitting(open), func(i *intake.Import, reading *intake.Reading, book *ledger.Ledger) error {
		if reading.Faulty > 0 && !o.skipInvalid {
			return o.refuseRoster(ctx, i.Faults(ctx), reading)
		}
		return use(i, reading, book, link, outputs)
	})
}

// fitting refuses a roster whose failed rows the named file is not for.
func (o *importOptions) fitting(open opening) opening {
	return func(ctx context.Context, link *kit.Link) (*people, error) {
		people, err := open(ctx, link)
		if err != nil {
			return nil, err
		}
		if err := o.checkFailedName(people.Roster); err != nil {
			return nil, errors.Join(err, people.Close())
		}
		return people, nil
	}
}
