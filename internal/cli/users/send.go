package users

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/schema"
)

// send creates the user: a run of one row.
func (o *createOptions) send(ctx context.Context, record schema.Record, asked bool) (err error) {
	if err := o.checkPassword(); err != nil {
		return err
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
	connection, err := o.link.Get()
	if err != nil {
		return err
	}

	digest := intake.DigestOf(book, o.selection.Target, o.selection.Adapter)
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
	if item.Record, err = o.withPassword(record); err != nil {
		return err
	}

	run, err := book.Begin(ctx, lock, ledger.RunInfo{
		Command: "create", Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name,
	})
	if err != nil {
		return app.Refuse(errors.Join(err, o.takeBack(bulk.Outcome{})))
	}
	outcome, stopped := o.createOne(ctx, connection, intake.Journal{Run: run, Digest: digest}, item)
	result := o.judge(run.ID(), outcome, stopped, finding)
	if err := run.Finish(context.WithoutCancel(ctx), ledger.Summary{Counts: countsOf(outcome), ExitStatus: app.StatusOf(result)}); err != nil {
		return errors.Join(result, err)
	}
	if err := o.takeBack(outcome); err != nil {
		return errors.Join(result, err)
	}
	if err := o.print(ctx, outcome); err != nil {
		return o.unprinted(result, outcome, err)
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
// NotTried where it never had a turn. At the first interrupt a request that is
// under way gets its answer, so that the outcome is known.
func (o *createOptions) createOne(ctx context.Context, connection *app.Connection, journal intake.Journal, item bulk.Item) (bulk.Outcome, error) {
	outcome := bulk.Outcome{Item: item, State: bulk.NotTried}
	var one iter.Seq2[bulk.Item, error] = func(yield func(bulk.Item, error) bool) { yield(item, nil) }
	drain, quiet := kit.Draining(o.app)
	defer quiet()
	stopped := bulk.Run(ctx, drain, connection.Client, journal, one, bulk.Options{
		Concurrency: 1, LookFirst: true, Exists: o.exists(), Sleep: o.app.Sleep,
		Report: func(reported bulk.Outcome) { outcome = reported },
		Throttled: func(pause time.Duration) {
			fmt.Fprintf(o.app.Streams.Err, "The provider is busy: the next try is in %s.\n", pause.Round(100*time.Millisecond))
		},
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
	case amend.Deleted:
		counts.Deleted = 1
	case amend.Absent:
		counts.Absent = 1
	case amend.Deactivated:
		counts.Deactivated = 1
	case amend.Unchanged:
		counts.Unchanged = 1
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

// confirm shows the whole user and asks before it is sent.
func (o *createOptions) confirm(ctx context.Context, given, record schema.Record) error {
	agreed, err := o.app.Form.Confirm(ctx, o.summary(given, record), "Create this user in "+o.selection.Target+"?", "Create", "Cancel")
	if err != nil {
		return kit.Unasked(err)
	}
	if !agreed {
		return app.Fail(app.StatusInterrupted, errors.New("cancelled: nothing was sent"))
	}
	return nil
}

// summary shows the record, a field a line, without secrets, and the names that
// were given in place of ids.
func (o *createOptions) summary(given, record schema.Record) string {
	text := ""
	for _, field := range o.selection.Adapter.Table.Ordered() {
		value, ok := record[field.Name]
		switch {
		case field.Secret && o.generate:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), "(will be generated)")
		case !ok:
		case field.Secret:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), "(hidden)")
		default:
			text += fmt.Sprintf("  %-20s %s\n", field.Label(), field.Text(value))
			if named := field.Text(given[field.Name]); named != field.Text(value) {
				text += fmt.Sprintf("  %-20s (%s)\n", "", named)
			}
		}
	}
	return strings.TrimSuffix(text, "\n")
}

// sayCommand prints the command that does the same as the form did.
func (o *createOptions) sayCommand(record schema.Record) {
	words := append([]string{"usher", "users", "create", "-p", o.selection.Profile.Name}, fields.Args(o.selection.Adapter.Table, record)...)
	if o.generate {
		words = append(words, "--generate-password")
	}
	if o.credentials != "" {
		words = append(words, "--credentials", fields.Quote(o.credentials))
	}
	sayScript(o.app, words)
}

// sayScript prints the command that does the same as a form did.
func sayScript(a *app.App, words []string) {
	fmt.Fprintf(a.Streams.Err, "The same from a script:\n  %s\n", term.SanitizeLine(strings.Join(words, " ")))
}
