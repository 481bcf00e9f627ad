package job

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// RemoveOne deletes or deactivates the user that a key or an id identifies.
type RemoveOne struct {
	Key string
	// Deactivate takes the user's access away and retains the account.
	Deactivate bool

	user    provider.User
	subject amend.Subject
}

// Run removes the user. The error has the exit status and the next steps.
func (m *RemoveOne) Run(ctx context.Context, j *Job) error { return j.runOne(ctx, m) }

func (m *RemoveOne) words() words { return removalWords(m.Deactivate) }

func (m *RemoveOne) check(r *run) error {
	if err := checkRemoval(r.Selection.Adapter, m.Deactivate); err != nil {
		return err
	}
	return app.CanLocate(r.Selection.Adapter)
}

// plan finds the user.
func (m *RemoveOne) plan(ctx context.Context, r *run) error {
	if err := r.rekey(ctx, schema.Record{r.Selection.Adapter.Key: m.Key}); err != nil {
		return err
	}
	if err := m.seek(ctx, r); err != nil {
		return err
	}
	r.rows, r.toSend = 1, 0
	if m.subject.Standing == amend.Present {
		r.toSend = 1
	}
	r.outcome = engine.Outcome{Item: m.subject.Item, State: engine.NotTried}
	return r.rekey(ctx, m.subject.Record)
}

// seek finds the user and what is to be done. Of a user who does not exist there is
// nothing but the key.
func (m *RemoveOne) seek(ctx context.Context, r *run) error {
	m.subject = amend.Subject{Item: engine.Item{Row: 1, Line: 1, Key: m.Key}}
	user, found, err := app.Seek(ctx, r.App, r.Selection, r.connection.Client, m.Key)
	if err == nil && !found {
		err = m.meantRoster(r)
	}
	switch {
	case err != nil:
		return err
	case m.Deactivate && !found:
		return app.Nobody(r.Selection, m.Key)
	case m.Deactivate && r.Selection.Adapter.Traces.Deactivated(user):
		m.subject.Standing = amend.Inactive
	case !found:
		if user, m.subject.Standing, err = m.confirmAbsent(ctx, r); err != nil {
			return err
		}
		if m.subject.Standing != amend.Present {
			user = provider.User{Key: m.Key}
		}
	}
	m.user = user
	m.subject.Key, m.subject.UserID, m.subject.Record = user.Key, user.ID, r.recordOf(user)
	m.subject.Digest = r.digest(m.subject.Record)
	if m.Deactivate {
		return nil
	}
	return r.checkAccount(ctx, m.Key, user)
}

// confirmAbsent decides whether a user who was not found is absent.
func (m *RemoveOne) confirmAbsent(ctx context.Context, r *run) (provider.User, amend.Standing, error) {
	record := schema.Record{r.Selection.Adapter.Key: m.Key}
	known, err := r.known(ctx, record)
	if err != nil {
		return provider.User{}, amend.Unanswered, err
	}
	digest := r.digest(record)
	seen, err := r.book.Seen(ctx, digest)
	if err != nil {
		return provider.User{}, amend.Unanswered, failure.Refuse(err)
	}
	options := r.SettleAfter.With(r.Selection.Profile, engine.Options{
		Concurrency: 1, Sleep: r.App.Sleep, MaxWait: app.MaxWait(r.Selection.Profile), Same: m.sameByLedger(ctx, r),
	}, r.Selection.Adapter, r.connection.Client)
	user, standing, err := amend.ConfirmOne(ctx, r.connection.Client, m.Key, known, seen[digest], options, func(rows int, wait time.Duration) {
		fmt.Fprintln(r.App.Streams.Err, absenceText(rows, wait))
	})
	if errors.Is(err, engine.ErrInterrupted) || errors.Is(err, context.Canceled) {
		err = failure.Fail(failure.StatusInterrupted, errors.New("interrupted before anything was sent"))
	} else if err != nil {
		err = app.ProviderFailure(r.Selection, err)
	}
	return user, standing, err
}

// sameByLedger returns the check that a user is the one whom the key identifies: by the
// key, or because the ledger has the provider's own form of it together with the id.
func (m *RemoveOne) sameByLedger(ctx context.Context, r *run) func(engine.Item, provider.User) error {
	same := intake.SameUser(r.Selection.Adapter)
	return func(item engine.Item, user provider.User) error {
		err := same(item, user)
		if err == nil || user.Key == "" {
			return err
		}
		known, unread := r.known(ctx, schema.Record{r.Selection.Adapter.Key: user.Key})
		if unread == nil && known.Standing == ledger.Exists && known.UserID == user.ID {
			return nil
		}
		return err
	}
}

// meantRoster refuses a KEY that names no user and does name a file: without -f,
// a roster of leavers would pass for one leaver who is gone already.
func (m *RemoveOne) meantRoster(r *run) error {
	if info, err := os.Stat(m.Key); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return failure.Refuse(fmt.Errorf("no user has the %s %q in %s, and a file has that name: nothing was sent", r.Selection.Adapter.Key, m.Key, r.Selection.Target),
		fmt.Sprintf("for the users of that roster: %s --roster %s -p %s", m.words().line, shell.Quote(m.Key), r.Selection.Profile.Name))
}

// show shows what is going to happen. Of a user for whom nothing is done there is
// nothing to show.
func (m *RemoveOne) show(r *run) {
	if r.toSend == 0 {
		return
	}
	fmt.Fprintf(r.App.Streams.Err, "To %s in %s: %s\n", m.words().verb, term.SanitizeLine(r.Selection.Target), term.SanitizeLine(atProvider(m.user.Key, m.user.ID, m.Key)))
}

func (m *RemoveOne) question(r *run) string { return removalQuestion(r, m.Deactivate, m.user.Key) }

func (m *RemoveOne) mark(context.Context, *run) (mark, error) {
	return markOf(func(yield func(amend.Subject, error) bool) { yield(m.subject, nil) }, subjectMark)
}

func (m *RemoveOne) prepare(context.Context, *run, *ledger.RunInfo) error { return nil }

func (m *RemoveOne) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	removal := &amend.Removal{Adapter: r.Selection.Adapter, Deactivate: m.Deactivate, Subjects: func(context.Context) iter.Seq2[amend.Subject, error] {
		return func(yield func(amend.Subject, error) bool) { yield(m.subject, nil) }
	}}
	if err := removal.RecordKnown(ctx, r.entry, options.Report); err != nil || r.toSend == 0 {
		return err
	}
	return removal.Send(provider.IfUnchanged(ctx, m.user), drain, r.connection.Client, r.entry, options)
}

func (m *RemoveOne) result(r *run, outcome engine.Outcome) error {
	name := fmt.Sprintf("%s %q", r.Selection.Adapter.Key, outcome.Key)
	switch outcome.State {
	case engine.Absent:
		fmt.Fprintf(r.App.Streams.Err, "No user has the %s in %s: nothing was deleted.\n", term.SanitizeLine(name), term.SanitizeLine(r.Selection.Target))
	case engine.Unchanged:
		fmt.Fprintln(r.App.Streams.Err, "The user is deactivated already; nothing was sent.")
	case engine.Deleted, engine.Deactivated:
		if outcome.Settled {
			fmt.Fprintf(r.App.Streams.Err, "The answer was lost; the provider shows that the user is %s.\n", outcome.State)
		}
	case engine.Unknown:
		return failure.Fail(failure.StatusUnknown, fmt.Errorf("whether %s was %sd is unknown: %w", name, m.words().verb, outcome.Err),
			fmt.Sprintf("%s %s -p %s: to run it again does no harm", m.words().line, shell.Quote(outcome.Key), r.Selection.Profile.Name))
	case engine.NotTried:
		return r.notTried()
	default:
		if provider.ClassOf(outcome.Err) == provider.NotFound {
			return failure.Fail(failure.StatusPartial, fmt.Errorf("user not found: %s in %s; absence is not proved", name, r.Selection.Target),
				"usher users list -p "+r.Selection.Profile.Name)
		}
		return app.ProviderFailure(r.Selection, outcome.Err)
	}
	return nil
}

// print prints the user as they are now, or were last.
func (m *RemoveOne) print(ctx context.Context, r *run, outcome engine.Outcome) error {
	user := m.user
	if outcome.User.Attributes != nil {
		user = outcome.User
	}
	return PrintUser(ctx, r.App, r.Selection, string(outcome.State), user)
}

// preview prints the request that would remove the user. What the request depends on
// is read.
func (m *RemoveOne) preview(ctx context.Context, r *run) error {
	if r.toSend == 0 {
		fmt.Fprintln(r.App.Streams.Err, "Dry run: there is nothing to send.")
		return nil
	}
	preview, client, err := r.App.Preview(r.Selection)
	if err != nil {
		return err
	}
	preview.SendReads(r.connection.Transport)
	if m.Deactivate {
		_, err = client.(provider.Deactivator).Deactivate(ctx, m.user.ID)
	} else {
		err = client.(provider.Deleter).Delete(ctx, m.user.ID)
	}
	return r.showPreview(ctx, preview, err, "sent")
}
