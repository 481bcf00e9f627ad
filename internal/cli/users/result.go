package users

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
)

// print prints a user that is created, existing or unknown.
func (o *createOptions) print(ctx context.Context, outcome bulk.Outcome) error {
	if outcome.State == bulk.Failed || outcome.State == bulk.NotTried {
		return nil
	}
	user := outcome.User
	user.Key = outcome.Key
	return printUser(ctx, o.app, o.selection, string(outcome.State), user)
}

// unprinted is the failure of a result that could not be shown: what became of
// the user is said all the same.
func (o *createOptions) unprinted(result error, outcome bulk.Outcome, cause error) error {
	if result != nil {
		return result
	}
	if errors.Is(cause, syscall.EPIPE) {
		return cause
	}
	return app.Fail(app.StatusFailed, fmt.Errorf("%s %q is %s (id %s), but the result cannot be shown: %w", o.selection.Adapter.Key, outcome.Key, outcome.State, outcome.User.ID, cause),
		"the user is there: do not create it again")
}

// judge gives the failure that an outcome means, nil for none.
func (o *createOptions) judge(run string, outcome bulk.Outcome, stopped error, finding ledger.Finding) error {
	switch outcome.State {
	case bulk.Created:
		if outcome.Settled {
			fmt.Fprintln(o.app.Streams.Err, "The answer to the create was lost; a look-up shows that the user was created.")
		}
		return nil
	case bulk.Existing:
		fmt.Fprintln(o.app.Streams.Err, "The user exists already; nothing was changed.")
		return o.orExists(outcome)
	case bulk.Unknown:
		return o.unknown(run, outcome, finding)
	case bulk.NotTried:
		if errors.Is(stopped, bulk.ErrJournal) {
			return app.Refuse(stopped, "nothing was sent; make room or set USHER_STATE_DIR, then run the same command again")
		}
		return app.Fail(app.StatusInterrupted, errors.New("interrupted before anything was sent"))
	}
	return o.failed(outcome)
}

// failed words why a user was certainly not made.
func (o *createOptions) failed(outcome bulk.Outcome) error {
	adapter := o.selection.Adapter
	class := provider.ClassOf(outcome.Err)
	switch {
	case outcome.User.ID != "":
		return app.Fail(app.StatusFailed, fmt.Errorf("a user with %s %q exists already (id %s)", adapter.Key, outcome.Key, outcome.User.ID), o.existsHints(outcome.Key)...)
	case class == provider.Conflict && !o.canAsk():
		return app.Fail(app.StatusFailed, fmt.Errorf("a user with %s %q exists already, %s says", adapter.Key, outcome.Key, adapter.Vendor),
			adapter.Vendor+" documents no look-up: see its own console for the user")
	case class == provider.Unknown && outcome.Attempts > 0:
		return kit.ProviderFailure(o.selection, fmt.Errorf("%w; look-ups show that the user was not created", outcome.Err))
	default:
		return kit.ProviderFailure(o.selection, outcome.Err)
	}
}

// orExists makes an existing user a failure unless skipping was asked for.
func (o *createOptions) orExists(outcome bulk.Outcome) error {
	if o.ifExists == ifExistsSkip {
		return nil
	}
	return app.Fail(app.StatusFailed, fmt.Errorf("a user with %s %q exists already", o.selection.Adapter.Key, outcome.Key), o.existsHints(outcome.Key)...)
}

// existsHints says what can be done about a user who exists already.
func (o *createOptions) existsHints(key string) []string {
	hints := []string{"to count an existing user as success, add --if-exists skip"}
	if _, ok := o.selection.Adapter.Operation(provider.PowerUpdate); ok {
		hints = append(hints, fmt.Sprintf("to change the existing one: usher users update %s -p %s -i", fields.Quote(key), o.selection.Profile.Name))
	}
	return hints
}

// unknown words an outcome that cannot be told, and what the administrator can do.
func (o *createOptions) unknown(run string, outcome bulk.Outcome, finding ledger.Finding) error {
	line := outcome.Line
	text := fmt.Sprintf("whether %s %q was created is unknown: %v", o.selection.Adapter.Key, outcome.Key, outcome.Err)
	if finding.Standing == ledger.Doubtful && outcome.Attempts == 0 {
		run, line = finding.Run, finding.Line
		text = fmt.Sprintf("run %s sent %s %q and never learned what came of it, so nothing was sent now", run, o.selection.Adapter.Key, outcome.Key)
	}
	if o.canAsk() {
		return app.Fail(app.StatusUnknown, errors.New(text), "run the same command again: it asks the provider before it sends anything")
	}
	return app.Fail(app.StatusUnknown, errors.New(text),
		fmt.Sprintf("%s documents no look-up: see its own console whether the user exists", o.selection.Adapter.Vendor),
		fmt.Sprintf("then usher runs settle %s --line %d --created, or --absent", run, line))
}

// remembered is the result where the ledger knows that the user exists. The
// provider is asked, where it can be, for what it holds; where it holds nothing
// the ledger is believed all the same: a look-up may lag behind, and a second
// account is worse than a second look.
func (o *createOptions) remembered(ctx context.Context, connection *app.Connection, finding ledger.Finding, item bulk.Item) error {
	outcome := bulk.Outcome{Item: item, State: bulk.Existing, User: provider.User{ID: finding.UserID}}
	about := fmt.Sprintf("run %s made it, so nothing was sent", finding.Run)
	forget := "if the user was deleted at the provider since: usher runs forget " + finding.Run
	if finder, ok := connection.Client.(provider.Finder); ok {
		user, err := finder.Find(ctx, item.Key)
		switch {
		case err == nil:
			outcome.User, forget = user, ""
		case provider.ClassOf(err) != provider.NotFound:
			return kit.ProviderFailure(o.selection, err)
		default:
			about += ", but the provider does not find the user now"
		}
	}
	if o.ifExists == ifExistsSkip {
		fmt.Fprintf(o.app.Streams.Err, "The user exists already: %s.\n", about)
		if forget != "" {
			fmt.Fprintln(o.app.Streams.Err, forget)
		}
		return o.print(ctx, outcome)
	}
	next := o.existsHints(item.Key)
	if forget != "" {
		next = []string{forget}
	}
	return app.Fail(app.StatusFailed, fmt.Errorf("a user with %s %q exists already: %s", o.selection.Adapter.Key, item.Key, about), next...)
}

// canAsk tells whether the provider documents a look-up.
func (o *createOptions) canAsk() bool {
	_, ok := o.selection.Adapter.Operation(provider.PowerFind)
	return ok
}
