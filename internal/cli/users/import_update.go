package users

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
)

// checkUpdate refuses flags that have no meaning for an update, and providers
// that document none.
func (o *importOptions) checkUpdate() error {
	if !o.update {
		if o.before != "" {
			return app.Refuse(errors.New("--before is for an import with --update"))
		}
		return nil
	}
	for _, flag := range []struct {
		name  string
		given bool
	}{{"on-exists", o.onExists != onExistsSkip}, {"no-check", o.noCheck}, {"generate-passwords", o.generate}, {"resend-unknown", o.resendUnknown}} {
		if flag.given {
			return app.Refuse(fmt.Errorf("--%s is for creating users, and --update creates nobody", flag.name))
		}
	}
	adapter := o.selection.Adapter
	if err := kit.Documented(adapter, provider.PowerUpdate, "change a user"); err != nil {
		return err
	}
	return canAsk(adapter)
}

// updateUsers runs the command with --update: read, validate, compare, ask,
// send, report.
func updateUsers(ctx context.Context, o *importOptions) error {
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	options, err := o.bulkOptions()
	if err != nil {
		return err
	}
	if err := o.checkBefore(); err != nil {
		return err
	}
	return o.withValidRoster(ctx, options, o.openExisting, func(i *intake.Import, reading *intake.Reading, book *ledger.Ledger, link *kit.Link, outputs *outputs) error {
		return o.compareAndSend(ctx, &amend.Comparison{Import: i, Change: true}, reading, book, link, options, outputs)
	})
}

// compareAndSend goes on where the roster is read and valid.
func (o *importOptions) compareAndSend(ctx context.Context, c *amend.Comparison, reading *intake.Reading, book *ledger.Ledger, link *kit.Link, options bulk.Options, outputs *outputs) (err error) {
	lock, err := book.Lock(ctx, o.selection.Target)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	connection, err := link.Get()
	if err != nil {
		return err
	}
	if err := o.askAbout(ctx, c, connection, reading.Rows-reading.Faulty, options); err != nil {
		return o.notUpdated(err)
	}
	p, err := o.survey(ctx, c, options)
	if err != nil {
		return err
	}
	if p.faults.Faulty > 0 && !o.skipInvalid {
		return o.refuseRoster(ctx, faultsOf(ctx, c), p.faults)
	}
	if p.before, err = o.beforePath(c.Roster.Description(), p.fitsCSV); err != nil {
		return err
	}
	o.sayUpdatePlan(p)
	if err := o.gates(p.Differs, "change"); err != nil {
		return err
	}
	if o.dryRun {
		return o.printUpdatePlan(ctx, c, p)
	}
	if err := o.consent(ctx, p.Differs, fmt.Sprintf("Change %s in %s?", count(p.Differs, "user"), o.selection.Profile.Name)); err != nil {
		return err
	}
	if err := o.keepMapping(); err != nil {
		return err
	}
	return o.beginUpdate(ctx, c, p, book, lock, connection.Client, options, outputs)
}

// beginUpdate carries out what was agreed.
func (o *importOptions) beginUpdate(ctx context.Context, c *amend.Comparison, p updatePlan, book *ledger.Ledger, lock *ledger.Lock, client provider.Client, options bulk.Options, outputs *outputs) error {
	u := &amend.Update{Comparison: c}
	info := ledger.RunInfo{
		Command: ledger.CommandUpdate, Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name,
		Source: o.source(c.Roster.Description()), Folder: o.folder, Arguments: o.arguments,
	}
	if p.Differs > 0 {
		var err error
		if u.Before, err = amend.CreateBefore(p.before, c.Adapter); err != nil {
			return app.Refuse(fmt.Errorf("what the users are like cannot be written down, and nothing was sent: %w", err), "name a file that can be written: --before FILE")
		}
		if info.BeforeFile, err = absolute(p.before); err != nil {
			return errors.Join(err, u.Before.Close())
		}
	}
	run, err := book.Begin(ctx, lock, info)
	if err != nil {
		if u.Before != nil {
			err = errors.Join(err, u.Before.Close())
		}
		return app.Refuse(err)
	}
	s := &sending{
		o: o, i: c.Import, book: book, run: run, rows: p.Rows, toSend: p.Differs, lines: u.Lines,
		outputs: outputs, passwords: &passwordFile{}, before: u.Before, source: sourceOf(c.Roster.Description()),
	}
	return s.carryOutUpdate(ctx, u, client, options)
}

// carryOutUpdate sends what is to be sent, and reports.
func (s *sending) carryOutUpdate(ctx context.Context, u *amend.Update, client provider.Client, options bulk.Options) error {
	s.begin()
	journal := amend.Journal{Run: s.run, Digest: s.i.Digest}
	if s.stopped = u.RecordKnown(ctx, journal, s.tally); s.stopped == nil && s.toSend > 0 {
		s.stopped = s.send(options, func(drain <-chan struct{}, options bulk.Options) error {
			return u.Send(ctx, drain, client, journal, options)
		})
	}
	// From here on nothing is sent, and an interrupt must not keep the report back.
	return s.conclude(context.WithoutCancel(ctx))
}

// faultsOf yields the faults that the comparison found.
func faultsOf(ctx context.Context, c *amend.Comparison) iter.Seq2[roster.Fault, error] {
	return func(yield func(roster.Fault, error) bool) {
		for v, err := range c.Verdicts(ctx) {
			if err != nil {
				yield(roster.Fault{}, err)
				return
			}
			for _, fault := range v.Faults {
				if !yield(fault, nil) {
					return
				}
			}
		}
	}
}

// notUpdated is the failure of a provider that could not be asked.
func (o *importOptions) notUpdated(err error) error {
	if errors.Is(err, bulk.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("interrupted while asking the provider: nothing was sent"))
	}
	return kit.ProviderFailure(o.selection, fmt.Errorf("which users differ cannot be told, and nothing was sent: %w", err))
}
