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
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// ActionOne performs a verb on the user that a key or an id identifies.
type ActionOne struct {
	Key  string
	Verb ops.Verb

	user    provider.User
	subject amend.Candidate
}

// Run performs the verb. The error has the exit status and the next steps.
func (a *ActionOne) Run(ctx context.Context, j *Job) error { return j.runOne(ctx, a) }

func (a *ActionOne) labels() labels { return labelsOf(a.Verb.Command) }

func (a *ActionOne) check(r *run) error {
	if err := checkVerb(r.Selection.Adapter, a.Verb); err != nil {
		return err
	}
	return app.CanLocate(r.Selection.Adapter)
}

// plan looks up the user.
func (a *ActionOne) plan(ctx context.Context, r *run) error {
	if err := r.rekey(ctx, schema.Record{r.Selection.Adapter.Key: a.Key}); err != nil {
		return err
	}
	if err := a.seek(ctx, r); err != nil {
		return err
	}
	r.rows, r.toSend = 1, 0
	if a.subject.Decision == amend.Present {
		r.toSend = 1
	}
	r.outcome = engine.Result{Item: a.subject.Item, State: rowstate.NotTried}
	return r.rekey(ctx, a.subject.Record)
}

// seek looks up the user and decides what to do. If the user does not exist, only their key is set.
func (a *ActionOne) seek(ctx context.Context, r *run) error {
	a.subject = amend.Candidate{Item: engine.Item{Row: 1, Line: 1, Key: a.Key}}
	user, found, err := app.Seek(ctx, r.App, r.Selection, r.connection.Client, a.Key)
	if err == nil && !found {
		err = a.meantRoster(r)
	}
	switch {
	case err != nil:
		return err
	case !a.Verb.Removes && !found:
		return app.UserNotFound(r.Selection, a.Key)
	case a.Verb.ShowsDone(r.Selection.Adapter.Lifecycle, user):
		a.subject.Decision = amend.Already
	case !found:
		if user, a.subject.Decision, err = a.confirmAbsent(ctx, r); err != nil {
			return err
		}
		if a.subject.Decision != amend.Present {
			user = provider.User{Key: a.Key}
		}
	}
	a.user = user
	a.subject.Key, a.subject.UserID, a.subject.Record = user.Key, user.ID, r.recordOf(user)
	a.subject.Digest = r.digest(a.subject.Record)
	return r.checkAccount(ctx, a.Key, user)
}

// confirmAbsent decides whether a user who was not found is confirmed absent.
func (a *ActionOne) confirmAbsent(ctx context.Context, r *run) (provider.User, amend.Decision, error) {
	record := schema.Record{r.Selection.Adapter.Key: a.Key}
	known, err := r.known(ctx, record)
	if err != nil {
		return provider.User{}, amend.Unchecked, err
	}
	digest := r.digest(record)
	seen, err := r.book.Seen(ctx, digest)
	if err != nil {
		return provider.User{}, amend.Unchecked, failure.Refuse(err)
	}
	options := r.SettleAfter.With(r.Selection.Profile, engine.Options{
		Concurrency: 1, Sleep: r.App.Sleep, MaxWait: app.MaxWait(r.Selection.Profile), Same: a.sameByLedger(ctx, r),
	}, r.Selection.Adapter, r.connection.Client)
	user, standing, err := amend.ConfirmOne(ctx, r.connection.Client, a.Key, known, seen[digest], options, func(rows int, wait time.Duration) {
		r.App.Streams.Say("", absenceText(rows, wait))
	})
	if errors.Is(err, engine.ErrInterrupted) || errors.Is(err, context.Canceled) {
		err = failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was sent"))
	} else if err != nil {
		err = app.ProviderFailure(r.Selection, err)
	}
	return user, standing, err
}

// sameByLedger returns a check that a looked-up user is the one with the key: by the key, or because the ledger
// contains the provider's form of the key with the same id.
func (a *ActionOne) sameByLedger(ctx context.Context, r *run) func(engine.Item, provider.User) error {
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

// meantRoster returns an error if KEY identifies no user but is the path of a file. Otherwise a roster without
// --roster would count as one absent user.
func (a *ActionOne) meantRoster(r *run) error {
	if info, err := os.Stat(a.Key); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return failure.Refuse(fmt.Errorf("user not found: %s %q in %s; a file has that name; nothing was sent", r.Selection.Adapter.Key, a.Key, r.Selection.Target),
		failure.Note("to use the file as a roster"), fmt.Sprintf("%s --roster %s -p %s", a.labels().line, shell.Quote(a.Key), r.Selection.Profile.Name))
}

// show shows the plan, unless nothing is to be done.
func (a *ActionOne) show(r *run) {
	if r.toSend == 0 {
		return
	}
	r.App.Streams.Say("", fmt.Sprintf("To %s %s in %s", a.labels().command.Verb, term.SanitizeLine(atProvider(a.user.Key, a.user.ID, a.Key)), r.Selection.Target))
}

func (a *ActionOne) question(r *run) (what, warning string) {
	return actionQuestion(r, a.Verb, a.user.Key)
}

func (a *ActionOne) mark(context.Context, *run) (mark, error) {
	return markOf(func(yield func(amend.Candidate, error) bool) { yield(a.subject, nil) }, subjectMark)
}

func (a *ActionOne) prepare(context.Context, *run, *ledger.RunInfo) error { return nil }

func (a *ActionOne) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	action := &amend.Action{Adapter: r.Selection.Adapter, Verb: a.Verb, Subjects: func(context.Context) iter.Seq2[amend.Candidate, error] {
		return func(yield func(amend.Candidate, error) bool) { yield(a.subject, nil) }
	}}
	if err := action.RecordKnown(ctx, r.entry, options.Report); err != nil || r.toSend == 0 {
		return err
	}
	return action.Send(provider.IfUnchanged(ctx, a.user), drain, r.connection.Client, r.entry, options)
}

func (a *ActionOne) result(r *run, outcome engine.Result) error {
	name, command := fmt.Sprintf("%s %q", r.Selection.Adapter.Key, outcome.Key), a.labels().command
	switch outcome.State {
	case command.Already:
		text := fmt.Sprintf("User already %s. Nothing was sent.", command.Done.Label())
		if a.Verb.Removes {
			text = fmt.Sprintf("User not found: %s in %s. Nothing was %s.", term.SanitizeLine(name), term.SanitizeLine(r.Selection.Target), command.Done.Label())
		}
		r.App.Streams.Say("", text)
	case command.Done:
		if outcome.Settled {
			r.App.Streams.Say("", fmt.Sprintf("A later lookup confirmed that the user is %s.", outcome.State))
		}
	case rowstate.Unknown:
		return failure.Fail(failure.StatusUnknown, fmt.Errorf("%s: outcome of the %s is unknown: %w", name, command.Noun, outcome.Err),
			failure.Note("safe to repeat"), fmt.Sprintf("%s %s -p %s", a.labels().line, shell.Quote(outcome.Key), r.Selection.Profile.Name))
	case rowstate.NotTried:
		return r.notTried()
	default:
		if provider.ClassOf(outcome.Err) == provider.NotFound {
			return failure.Fail(failure.StatusPartial, fmt.Errorf("user not found: %s in %s; absence not confirmed", name, r.Selection.Target),
				"usher users list -p "+r.Selection.Profile.Name)
		}
		return app.ProviderFailure(r.Selection, outcome.Err)
	}
	return nil
}

// print prints the user as currently known, or as last read.
func (a *ActionOne) print(ctx context.Context, r *run, outcome engine.Result) error {
	user := a.user
	if outcome.User.Attributes != nil {
		user = outcome.User
	}
	return PrintUser(ctx, r.App, r.Selection, string(outcome.State), user)
}

// preview prints the request that would be sent. It reads the data on which the request depends.
func (a *ActionOne) preview(ctx context.Context, r *run) error {
	if r.toSend == 0 {
		fmt.Fprintln(r.App.Streams.Err, "Dry run: no changes.")
		return nil
	}
	preview, client, err := r.App.Preview(r.Selection)
	if err != nil {
		return err
	}
	preview.SendReads(r.connection.Transport)
	_, err = a.Verb.Request(client)(ctx, a.subject.Item)
	return r.showPreview(ctx, preview, err, "sent")
}
