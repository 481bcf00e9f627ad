package users

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/credentials"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
)

// importUsers runs the command: read, validate, plan, ask, send, report.
func importUsers(ctx context.Context, o *importOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	options, err := o.bulkOptions()
	if err != nil {
		return err
	}
	outputs, err := o.openOutputs()
	if err != nil {
		return err
	}
	defer outputs.discard()
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	people, err := o.openRoster(ctx)
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
		Adapter: o.selection.Adapter, Roster: people, Plan: plan, SkipInvalid: o.skipInvalid,
		Digest: intake.DigestOf(book, o.selection.Target, o.selection.Adapter),
	}
	if o.generate {
		if i.Passwords, err = o.passwords(); err != nil {
			return err
		}
	}
	reading, err := i.Read(ctx)
	if err != nil {
		return notRead(err)
	}
	o.sayRead(people, reading)
	if reading.Faulty > 0 && !o.skipInvalid {
		return o.refuseRoster(ctx, i, reading)
	}
	return o.fromPlan(ctx, i, book, reading, options, outputs)
}

// fromPlan goes on where the roster is read and valid.
func (o *importOptions) fromPlan(ctx context.Context, i *intake.Import, book *ledger.Ledger, reading *intake.Reading, options bulk.Options, outputs *outputs) (err error) {
	lock, err := book.Lock(ctx, o.selection.Target)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	connection, err := o.app.Connect(ctx, o.selection, app.ConnectOptions{Workers: options.Concurrency})
	if err != nil {
		return err
	}
	defer connection.Close()
	p, err := o.plan(ctx, i, connection, reading, options)
	if err != nil {
		return err
	}
	o.sayPlan(p)
	if o.dryRun {
		return o.printPlan(ctx, i, p)
	}
	if err := o.gates(p); err != nil {
		return err
	}
	if p.counts.New+p.counts.InDoubt > 0 {
		if err := o.consent(ctx, p); err != nil {
			return err
		}
	}
	if o.saveMapping {
		if err := o.keepMapping(); err != nil {
			return err
		}
	}
	if o.resendUnknown && p.counts.InDoubt > 0 {
		if _, err := book.SettleAllAbsent(ctx, lock); err != nil {
			return app.Refuse(err)
		}
		if p.counts, err = i.Plan.Resolve(ctx); err != nil {
			return app.Refuse(err)
		}
	}
	if err := o.writePasswords(ctx, i); err != nil {
		return err
	}
	return o.send(ctx, i, book, lock, connection, p, options, outputs)
}

// bulkOptions reads pace and limits: flags win over the profile.
func (o *importOptions) bulkOptions() (bulk.Options, error) {
	profile := o.selection.Profile
	options := bulk.Options{Concurrency: o.concurrency, MaxFailures: o.maxFailures, MaxLost: 10}
	if number, ok := profile.Int("concurrency"); ok && !o.concurrencyGiven && number > 0 {
		options.Concurrency = number
	}
	if o.maxFailures == 0 {
		options.MaxLost = 0
	}
	options.Rate, _ = profile.Rate("rate")
	if o.rate != "" {
		rate, err := config.ParseRate(o.rate)
		if err != nil {
			return options, app.Refuse(fmt.Errorf("--rate %q: %w", o.rate, err))
		}
		options.Rate = rate
	}
	if o.onExists == onExistsFail {
		options.Exists = bulk.FailExisting
	}
	return options, nil
}

// openRoster opens the file and matches its headers.
func (o *importOptions) openRoster(ctx context.Context) (*roster.Roster, error) {
	table := o.selection.Adapter.Table
	defaults, err := kit.Defaults(o.selection)
	if err != nil {
		return nil, err
	}
	mapping := map[string]string{}
	for header, field := range o.selection.Profile.Mapping {
		mapping[header] = field
	}
	given, err := pairs("--map", o.mapping)
	if err != nil {
		return nil, err
	}
	for header, field := range given {
		mapping[header] = field
	}
	set, err := pairs("--set", o.set)
	if err != nil {
		return nil, err
	}
	options := roster.Options{
		Table: table, Format: roster.Format(o.format), Encoding: o.encoding, Delimiter: o.delimiter, Sheet: o.sheet,
		Map: mapping, Ignore: o.ignore, Set: set, Defaults: defaults,
	}
	if o.generate {
		for _, field := range table.Secrets() {
			options.Later = append(options.Later, field.Name)
		}
	}
	opened, err := roster.Open(ctx, source(o.app, o.file), options)
	if err != nil {
		return nil, notRead(err)
	}
	return opened, nil
}

// pairs reads KEY=VALUE texts. The last = separates, because headers may hold one.
func pairs(flag string, texts []string) (map[string]string, error) {
	read := map[string]string{}
	for _, text := range texts {
		at := strings.Index(text, "=")
		if flag == "--map" {
			at = strings.LastIndex(text, "=")
		}
		if at < 0 {
			return nil, app.Refuse(fmt.Errorf("%s %q has no =", flag, text), "usher users import --help")
		}
		key := text[:at]
		if _, twice := read[key]; twice {
			return nil, app.Refuse(fmt.Errorf("%s gives %q twice", flag, key))
		}
		read[key] = text[at+1:]
	}
	return read, nil
}

// notRead is the failure of a roster that cannot be read.
func notRead(err error) error {
	if errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("interrupted while reading: nothing was sent"))
	}
	return app.Refuse(err)
}

func (o *importOptions) keepMapping() error {
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	mapping := map[string]string{}
	for header, field := range o.selection.Profile.Mapping {
		mapping[header] = field
	}
	given, err := pairs("--map", o.mapping)
	if err != nil {
		return err
	}
	for header, field := range given {
		mapping[header] = field
	}
	if err := loaded.SetMapping(o.selection.Profile.Name, mapping); err != nil {
		return app.Refuse(err)
	}
	return nil
}

func (o *importOptions) passwords() (*credentials.Source, error) {
	policy, err := credentials.ParsePolicy(o.policy)
	if err != nil {
		return nil, app.Refuse(fmt.Errorf("--password-policy: %w", err))
	}
	return credentials.NewSource(policy)
}

// writePasswords writes all generated passwords before the first of them is sent.
func (o *importOptions) writePasswords(ctx context.Context, i *intake.Import) error {
	if !o.generate {
		return nil
	}
	recipients, err := credentials.ParseRecipients(o.recipients)
	if err != nil {
		return app.Refuse(fmt.Errorf("--credentials-recipient: %w", err))
	}
	file, err := credentials.Create(o.credentials, o.selection.Adapter.Key, recipients...)
	if err != nil {
		return app.Refuse(err)
	}
	if err := i.WritePasswords(ctx, file); err != nil {
		return app.Refuse(errors.Join(err, file.Discard()))
	}
	fmt.Fprintf(o.app.Streams.Err, "The passwords are in %s.\n", o.credentials)
	return nil
}
