package users

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/credentials"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/schema"
)

// send creates the user: a run of one row.
func (o *createOptions) send(ctx context.Context, record schema.Record, asked bool) (err error) {
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	lock, err := lockSoon(ctx, book, o.selection.Target)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	connection, err := o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	record, err = o.withPassword(record)
	if err != nil {
		return err
	}

	digest := digestOf(book, o.selection.Target, o.selection.Adapter)
	item := bulk.Item{Row: 1, Line: 1, Key: record.Text(o.selection.Adapter.Key), Record: record}
	known, err := book.Known(ctx, digest(record))
	if err != nil {
		return app.Refuse(err)
	}
	finding := known[digest(record)]
	item.Doubt = finding.Standing == ledger.Doubtful
	if finding.Standing == ledger.Exists {
		return o.remembered(ctx, connection, finding, item)
	}

	run, err := book.Begin(ctx, lock, ledger.RunInfo{
		Command: "create", Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name,
	})
	if err != nil {
		return app.Refuse(err)
	}
	outcome, stopped := createOne(ctx, connection, journal{run, digest}, item, o.exists())
	result := o.judge(outcome, stopped, finding)
	if err := run.Finish(context.WithoutCancel(ctx), ledger.Summary{Counts: countsOf(outcome), ExitStatus: app.StatusOf(result)}); err != nil {
		return errors.Join(result, err)
	}
	if printErr := o.print(ctx, outcome); printErr != nil {
		return errors.Join(result, printErr)
	}
	if asked {
		o.sayCommand(record)
	}
	return result
}

// lockSoon waits a while for a target that another create holds for a moment.
func lockSoon(ctx context.Context, book *ledger.Ledger, target string) (*ledger.Lock, error) {
	const patience = 15 * time.Second
	for began := time.Now(); ; {
		lock, err := book.Lock(ctx, target)
		if _, held := errors.AsType[*ledger.LockedError](err); !held || time.Since(began) > patience {
			return lock, err
		}
	}
}

// createOne runs the engine for one item and gives its outcome, whose state is
// NotTried where it never had a turn.
func createOne(ctx context.Context, connection *app.Connection, journal bulk.Journal, item bulk.Item, exists bulk.Exists) (bulk.Outcome, error) {
	outcome := bulk.Outcome{Item: item, State: bulk.NotTried}
	var one iter.Seq2[bulk.Item, error] = func(yield func(bulk.Item, error) bool) { yield(item, nil) }
	stopped := bulk.Run(ctx, nil, connection.Client, journal, one, bulk.Options{
		Concurrency: 1, LookFirst: true, Exists: exists,
		Report: func(reported bulk.Outcome) { outcome = reported },
	})
	return outcome, stopped
}

func countsOf(outcome bulk.Outcome) ledger.Counts {
	counts := ledger.Counts{Rows: 1}
	switch outcome.State {
	case bulk.Created:
		counts.Created = 1
	case bulk.Existing:
		counts.Existing = 1
	case bulk.Failed:
		counts.Failed = 1
	case bulk.Unknown:
		counts.Unknown = 1
	default:
		counts.NotTried = 1
	}
	return counts
}

func (o *createOptions) exists() bulk.Exists {
	if o.ifExists == ifExistsSkip {
		return bulk.SkipExisting
	}
	return bulk.FailExisting
}

// withPassword generates the password, where that was asked for, and hands it
// over before anything is sent: no crash may strand an account whose password
// nobody knows.
func (o *createOptions) withPassword(record schema.Record) (schema.Record, error) {
	if !o.generate {
		return record, nil
	}
	if o.credentials == "" && !o.app.Streams.ErrIsTerminal() {
		return nil, app.Refuse(errors.New("nobody would see the generated password here"), "add --credentials FILE, which only you can read")
	}
	source, err := credentials.NewSource(credentials.DefaultPolicy())
	if err != nil {
		return nil, err
	}
	password, err := source.Password(1)
	if err != nil {
		return nil, err
	}
	key := record.Text(o.selection.Adapter.Key)
	if o.credentials == "" {
		fmt.Fprintf(o.app.Streams.Err, "Password for %s, shown only now: %s\n", key, password)
	} else if err := writeCredentials(o.credentials, o.selection.Adapter.Key, key, password); err != nil {
		return nil, app.Refuse(err)
	}
	given := schema.Record{}
	for _, field := range o.selection.Adapter.Table.Secrets() {
		given[field.Name] = password
	}
	return record.With(given), nil
}

func writeCredentials(path, keyName, key, password string) error {
	file, err := credentials.Create(path, keyName)
	if err != nil {
		return err
	}
	if err := file.Add(1, key, password); err != nil {
		return errors.Join(err, file.Discard())
	}
	return file.Finish()
}

// confirm shows the whole user and asks before it is sent.
func (o *createOptions) confirm(ctx context.Context, record schema.Record) error {
	agreed, err := o.app.Form.Confirm(ctx, o.summary(record), "Create this user in "+o.selection.Target+"?", "Create", "Cancel")
	if err != nil {
		return kit.Unasked(err)
	}
	if !agreed {
		return app.Fail(app.StatusInterrupted, errors.New("cancelled: nothing was sent"))
	}
	return nil
}

// summary shows the record, a field a line, without secrets.
func (o *createOptions) summary(record schema.Record) string {
	text := ""
	for _, field := range o.selection.Adapter.Table.Ordered() {
		value, ok := record[field.Name]
		switch {
		case !ok:
		case field.Secret:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), "(hidden)")
		default:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), field.Text(value))
		}
	}
	return text
}

// sayCommand prints the command that does the same as the form did.
func (o *createOptions) sayCommand(record schema.Record) {
	words := append([]string{"usher", "users", "create", "-p", o.selection.Profile.Name}, fields.Args(o.selection.Adapter.Table, record)...)
	fmt.Fprintln(o.app.Streams.Err, "The same from a script:")
	fmt.Fprintln(o.app.Streams.Err, "  "+joinWords(words))
}
