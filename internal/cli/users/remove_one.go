package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// removeOne removes the user that the argument names: a run of one row.
func (o *removeOptions) removeOne(ctx context.Context) (err error) {
	link := kit.NewLink(func() (*app.Connection, error) {
		return o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	})
	defer link.Close()
	connection, err := link.Get()
	if err != nil {
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
	user, s, err := o.seek(ctx, connection.Reader, intake.DigestOf(book, o.selection.Target, o.selection.Adapter))
	if err != nil {
		return err
	}
	present := s.Standing == amend.Present
	if present {
		fmt.Fprintf(o.app.Streams.Err, "To %s in %s: %s (id %s)\n", o.verb(), term.SanitizeLine(o.selection.Target), term.SanitizeLine(user.Key), user.ID)
		if err := o.gates(1, o.verb()); err != nil {
			return err
		}
	}
	if o.dryRun {
		return o.previewOne(ctx, connection, user, s.Standing)
	}
	if present {
		if err := o.consent(ctx, 1, o.removalQuestion(user.Key)); err != nil {
			return err
		}
	}
	run, err := book.Begin(ctx, lock, ledger.RunInfo{Command: o.command(), Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name})
	if err != nil {
		return app.Refuse(err)
	}
	outcome, stopped := o.sendOne(ctx, connection.Client, run, s)
	result := o.judgeOne(outcome, stopped)
	if err := run.Finish(context.WithoutCancel(ctx), ledger.Summary{Counts: countsOf(outcome), ExitStatus: app.StatusOf(result)}); err != nil {
		return errors.Join(result, err)
	}
	if outcome.State == bulk.Failed || outcome.State == bulk.NotTried {
		return result
	}
	if outcome.User.Attributes != nil { // as it is now
		user = outcome.User
	}
	return errors.Join(result, printUser(ctx, o.app, o.selection, string(outcome.State), user))
}

// seek finds the user, and how it stands. Of one who does not exist there is
// nothing but the key.
func (o *removeOptions) seek(ctx context.Context, client provider.Client, digest func(schema.Record) ledger.Digest) (provider.User, amend.Subject, error) {
	adapter := o.selection.Adapter
	s := amend.Subject{Item: bulk.Item{Row: 1, Line: 1, Key: o.key}}
	if o.deactivates() {
		user, found, err := kit.Seek(ctx, o.selection, client, o.key)
		if err == nil && !found {
			err = cmp.Or(o.meantRoster(), kit.Nobody(o.selection, o.key))
		}
		if err != nil {
			return user, s, err
		}
		if adapter.Traces.Deactivated(user) {
			s.Standing = amend.Inactive
		}
		return user, o.about(s, user, digest), nil
	}
	user, found, err := kit.Seek(ctx, o.selection, client, o.key)
	if err != nil {
		return user, s, err
	}
	if !found {
		if err := o.meantRoster(); err != nil {
			return user, s, err
		}
		user, s.Standing = provider.User{Key: o.key}, amend.Gone
	}
	return user, o.about(s, user, digest), nil
}

// meantRoster refuses a KEY that names no user and does name a file: without -f,
// a roster of leavers would pass for one leaver who is gone already.
func (o *removeOptions) meantRoster() error {
	if info, err := os.Stat(o.key); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return app.Refuse(fmt.Errorf("no user has the %s %q in %s, and a file has that name: nothing was sent", o.selection.Adapter.Key, o.key, o.selection.Target),
		fmt.Sprintf("for the users of that roster: %s -f %s -p %s", o.task().words, fields.Quote(o.key), o.selection.Profile.Name))
}

// about completes what is known of a user.
func (o *removeOptions) about(s amend.Subject, user provider.User, digest func(schema.Record) ledger.Digest) amend.Subject {
	s.Key, s.UserID = user.Key, user.ID
	s.Record = user.Record(o.selection.Adapter.Table).With(schema.Record{o.selection.Adapter.Key: user.Key})
	s.Digest = digest(s.Record)
	return s
}

// sendOne runs the engine for one user and gives the outcome, whose state is
// NotTried where it never had a turn. At the first interrupt a request that is
// under way gets its answer.
func (o *removeOptions) sendOne(ctx context.Context, client provider.Client, run *ledger.Run, s amend.Subject) (bulk.Outcome, error) {
	outcome := bulk.Outcome{Item: s.Item, State: bulk.NotTried}
	r := &amend.Removal{Adapter: o.selection.Adapter, Deactivate: o.deactivates(), Subjects: func(context.Context) iter.Seq2[amend.Subject, error] {
		return func(yield func(amend.Subject, error) bool) { yield(s, nil) }
	}}
	report := func(reported bulk.Outcome) { outcome = reported }
	if err := r.RecordKnown(ctx, run, report); err != nil || s.Standing != amend.Present {
		return outcome, err
	}
	drain, quiet := kit.Draining(o.app)
	defer quiet()
	stopped := r.Send(ctx, drain, client, run, bulk.Options{
		Concurrency: 1, Sleep: o.app.Sleep, Report: report,
		Throttled: func(pause time.Duration) {
			fmt.Fprintf(o.app.Streams.Err, "The provider is busy: the next try is in %s.\n", pause.Round(100*time.Millisecond))
		},
	})
	return outcome, stopped
}

// judgeOne gives the failure that an outcome means, nil for none.
func (o *removeOptions) judgeOne(outcome bulk.Outcome, stopped error) error {
	name := fmt.Sprintf("%s %q", o.selection.Adapter.Key, outcome.Key)
	switch outcome.State {
	case amend.Absent:
		fmt.Fprintf(o.app.Streams.Err, "No user has the %s in %s: nothing was deleted.\n", term.SanitizeLine(name), term.SanitizeLine(o.selection.Target))
	case amend.Unchanged:
		fmt.Fprintln(o.app.Streams.Err, "The user is deactivated already; nothing was sent.")
	case amend.Deleted, amend.Deactivated:
		if outcome.Settled {
			fmt.Fprintf(o.app.Streams.Err, "The answer was lost; the provider shows that the user is %s.\n", outcome.State)
		}
	case bulk.Unknown:
		return app.Fail(app.StatusUnknown, fmt.Errorf("whether %s was %sd is unknown: %w", name, o.verb(), outcome.Err),
			fmt.Sprintf("%s %s -p %s: to run it again does no harm", o.task().words, fields.Quote(outcome.Key), o.selection.Profile.Name))
	case bulk.NotTried:
		if errors.Is(stopped, bulk.ErrJournal) {
			return app.Refuse(stopped, "nothing was sent; make room or set USHER_STATE_DIR, then run the same command again")
		}
		return app.Fail(app.StatusInterrupted, errors.New("interrupted before anything was sent"))
	default:
		return kit.ProviderFailure(o.selection, outcome.Err)
	}
	return nil
}

// previewOne prints the request that would remove the user. What the request
// depends on is read.
func (o *removeOptions) previewOne(ctx context.Context, connection *app.Connection, user provider.User, standing amend.Standing) error {
	if standing != amend.Present {
		fmt.Fprintln(o.app.Streams.Err, "Dry run: there is nothing to send.")
		return nil
	}
	preview, client, err := o.app.Preview(o.selection)
	if err != nil {
		return err
	}
	preview.SendReads(connection.Transport)
	if o.deactivates() {
		_, err = client.(provider.Deactivator).Deactivate(ctx, user.ID)
	} else {
		err = client.(provider.Deleter).Delete(ctx, user.ID)
	}
	if !errors.Is(err, rest.ErrNotSent) {
		return fmt.Errorf("the dry run could not make the request: %w", err)
	}
	if err := showRequests(ctx, o.app, preview); err != nil {
		return err
	}
	fmt.Fprintln(o.app.Streams.Err, "Dry run: nothing was sent.")
	return nil
}
