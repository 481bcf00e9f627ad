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

// importUsers runs the command: read, validate, plan, ask, send, report.
func importUsers(ctx context.Context, o *importOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.update {
		return updateUsers(ctx, o)
	}
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	options, err := o.bulkOptions()
	if err != nil {
		return err
	}
	passwords, err := o.passwords()
	if err != nil {
		return err
	}
	return o.withValidRoster(ctx, options, o.openPeople, func(i *intake.Import, _ *intake.Reading, book *ledger.Ledger, link *kit.Link, outputs *outputs) error {
		i.Passwords = passwords
		return o.fromPlan(ctx, i, book, link, options, outputs)
	})
}

// fromPlan goes on where the roster is read and what can be sent is valid.
func (o *importOptions) fromPlan(ctx context.Context, i *intake.Import, book *ledger.Ledger, link *kit.Link, options bulk.Options, outputs *outputs) (err error) {
	lock, err := book.Lock(ctx, o.selection.Target)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	connection, err := link.Get()
	if err != nil {
		return err
	}
	p, err := o.plan(ctx, i, connection, options)
	if err != nil {
		return err
	}
	if options, err = o.withBatches(ctx, connection, options); err != nil {
		return err
	}
	o.sayPlan(p)
	if err := o.gates(p.mayCreate, "create"); err != nil {
		return err
	}
	if o.dryRun {
		return o.printPlan(ctx, i, p)
	}
	if err := o.consent(ctx, p.mayCreate, o.question(p)); err != nil {
		return err
	}
	if err := o.keepMapping(); err != nil {
		return err
	}
	passwords, err := o.writePasswords(ctx, i, p)
	if err != nil {
		return err
	}
	run, err := book.Begin(ctx, lock, ledger.RunInfo{
		Command: "import", Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name,
		Source: o.source(i.Roster.Description()), Folder: o.folder, Arguments: o.arguments, Plan: i.Plan,
	})
	if err != nil {
		return app.Refuse(errors.Join(err, passwords.discard()))
	}
	s := &sending{
		o: o, i: i, book: book, run: run, rows: p.Rows, toSend: p.Create + p.InDoubt, lines: i.Lines,
		outputs: outputs, passwords: passwords, source: sourceOf(i.Roster.Description()),
	}
	return s.carryOut(ctx, connection.Client, options)
}

// bulkOptions reads pace and limits.
func (o *importOptions) bulkOptions() (bulk.Options, error) {
	options, err := o.paceOptions.read(o.app, o.selection.Profile)
	options.MaxFailures, options.MaxLost, options.Resend = o.maxFailures, 10, o.resendUnknown
	if o.maxFailures == 0 {
		options.MaxLost = 0
	}
	if o.onExists == onExistsFail {
		options.Exists = bulk.FailExisting
	}
	return options, err
}
