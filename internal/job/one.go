package job

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// preview prints the request of a dry run.
func (r *run) preview(op one) step {
	return func(ctx context.Context) error { return op.preview(ctx, r) }
}

// sendOne runs the engine for one user. The outcome is not tried if no attempt was made. At the first interrupt a
// request in progress may finish, so that its outcome is known.
func (r *run) sendOne(ctx context.Context) error {
	drain, quiet := app.Draining(r.App)
	defer quiet()
	options := withFacts(engine.Options{
		Concurrency: 1, Sleep: r.App.Sleep, MaxWait: app.MaxWait(r.Selection.Profile),
		Report: func(reported engine.Result) {
			r.outcome = reported
			r.await(reported)
		},
		Amended: func(amended engine.Result) {
			r.outcome.User.ID, r.outcome.Duplicates = amended.User.ID, amended.Duplicates
		},
		Settling: func(rows int, wait time.Duration) { fmt.Fprintln(r.App.Streams.Err, waitText(rows, wait)) },
		Throttled: func(pause time.Duration) {
			r.App.Streams.Say("", fmt.Sprintf("The provider is busy; retrying in %s.", pause.Round(100*time.Millisecond)))
		},
	}, r.Selection.Adapter, r.connection.Client)
	if r.stopped = r.op.send(ctx, r, drain, r.SettleAfter.with(r.Selection.Profile, options)); r.stopped == nil {
		r.unseen, r.stopped = r.Wait.untilFound(ctx, r, drain)
	}
	return nil // the report includes it
}

// reportOne ends the run in the ledger, and prints the user.
func (r *run) reportOne(op one) step {
	return func(ctx context.Context) error {
		ctx = context.WithoutCancel(ctx)
		outcome := r.outcome
		result := op.result(r, outcome)
		if err := r.entry.Finish(ctx, ledger.Summary{Counts: rowstate.Counts{outcome.State: 1}, ExitStatus: failure.StatusOf(result)}); err != nil {
			return errors.Join(result, err)
		}
		if outcome.State == rowstate.Failed || outcome.State == rowstate.NotTried {
			return result
		}
		if err := op.print(ctx, r, outcome); result == nil {
			return err
		}
		return result
	}
}

// printDone prints the user of a completed operation. If it fails, the error has the state of the user.
func (r *run) printDone(ctx context.Context, outcome engine.Result, user provider.User, next ...string) error {
	cause := PrintUser(ctx, r.App, r.Selection, string(outcome.State), user, outcome.NotStored...)
	if cause == nil || errors.Is(cause, syscall.EPIPE) {
		return cause
	}
	return failure.Fail(failure.StatusFailed, fmt.Errorf("%s %q: %s (id %s), but could not show the result: %w",
		r.Selection.Adapter.Key, user.Key, outcome.State, user.ID, cause), next...)
}

// notTried returns the failure of a run that sent nothing.
func (r *run) notTried() error {
	switch {
	case errors.Is(r.stopped, engine.ErrRecorder):
		return failure.Refuse(fmt.Errorf("%w; nothing was sent", r.stopped))
	case errors.Is(r.stopped, engine.ErrWait):
		return app.ProviderFailure(r.Selection, r.stopped)
	default:
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was sent"))
	}
}

// recordOf returns the record that identifies a user in the ledger.
func (r *run) recordOf(user provider.User) schema.Record {
	return user.Record(r.Selection.Adapter.Table).With(schema.Record{r.Selection.Adapter.Key: user.Key})
}

// digest returns the digest of a user's natural key in the ledger.
func (r *run) digest(record schema.Record) ledger.Digest {
	return intake.DigestOf(r.book, r.Selection.Target, r.Selection.Adapter)(record)
}

// known returns what the ledger contains about a user.
func (r *run) known(ctx context.Context, record schema.Record) (ledger.Finding, error) {
	found, err := r.book.KnownByKey(ctx, intake.KeysOf(r.book, r.Selection.Target, r.Selection.Adapter)(record))
	if err != nil {
		return found, failure.Refuse(err)
	}
	return found, nil
}

// rekey moves a user in the ledger to the digest of the target's own spelling.
func (r *run) rekey(ctx context.Context, record schema.Record) error {
	spellings, err := r.book.Spellings(ctx, r.Selection.Target)
	if err != nil || len(spellings) == 0 {
		return err
	}
	if err := r.lock.Rekey(ctx, intake.RespellingsOf(r.book, r.Selection.Target, spellings, r.Selection.Adapter)(record)...); err != nil {
		return failure.Refuse(err)
	}
	return nil
}

// checkAccount returns an error if the ledger has the id of another account for the key, unless the command
// specifies the id.
func (r *run) checkAccount(ctx context.Context, key string, user provider.User) error {
	if user.ID == "" || user.Key == "" {
		return nil
	}
	known, err := r.known(ctx, r.recordOf(user))
	if err != nil || known.Standing != ledger.Exists || known.UserID == "" || strings.EqualFold(known.UserID, user.ID) || key == user.ID {
		return err
	}
	return failure.FailAs(provider.Conflict.String(), failure.StatusPartial, fmt.Errorf("conflict: the ledger has id %q for %s %q, and %s has id %q; nothing was sent",
		known.UserID, r.Selection.Adapter.Key, user.Key, r.Selection.Target, user.ID),
		fmt.Sprintf("%s %s -p %s", r.op.labels().line, shell.Quote(user.ID), r.Selection.Profile.Name),
		fmt.Sprintf("usher runs forget %s --line %d", known.Run, known.Line))
}
