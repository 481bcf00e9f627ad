package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/recorder"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// CreateOne creates one user.
type CreateOne struct {
	// Record is the user, complete except for a generated password.
	Record schema.Record
	// OnExists is the handling of an existing user: one of the constants.
	OnExists string
	// Generate generates the password and writes it to the new file Credentials, or to the terminal if Credentials
	// is empty.
	Generate    bool
	Credentials string
	TTL         TTL

	item    engine.Item
	finding ledger.Finding // what the ledger has of the user
	exists  bool
}

// Run creates the user. Updating a user who exists is a separate run. The error has the exit status and the next
// steps.
func (c *CreateOne) Run(ctx context.Context, j *Job) error {
	if j.DryRun {
		r := j.newRun(c)
		return r.through(ctx, []step{r.check, r.preview(c)}) // nothing is looked up
	}
	if err := j.runOne(ctx, c); err != nil || !c.exists || c.OnExists != OnExistsUpdate {
		return err
	}
	update := *j
	update.Yes = true // the flag confirms the update
	mutable := schema.Record{}
	for _, field := range j.Selection.Adapter.Table.Mutable() {
		if value, given := c.Record[field.Name]; given && !field.Secret && field.Name != j.Selection.Adapter.Key {
			mutable[field.Name] = value
		}
	}
	update.Again = func(more string) string {
		words := []string{"usher", "users", "update", shell.Quote(c.item.Key), "-p", j.Selection.Profile.Name}
		return strings.Join(append(append(words, fields.Args(j.Selection.Adapter.Table, mutable)...), more), " ")
	}
	return (&UpdateOne{Key: c.item.Key, Wanted: func(context.Context, provider.User) (schema.Record, error) { return mutable, nil }}).Run(ctx, &update)
}

func (c *CreateOne) labels() labels {
	return labelsOf(rowstate.CommandCreate)
}

// check returns an error if a generated password would not be shown or written.
func (c *CreateOne) check(r *run) error {
	if c.OnExists == OnExistsUpdate {
		if err := app.Documented(r.Selection.Adapter, provider.CapabilityUpdate, "update a user (required by --on-exists update)"); err != nil {
			return err
		}
	}
	if !c.Generate {
		return nil
	}
	return Passwords{Generate: true, File: c.Credentials}.checkOne(r)
}

// plan looks the user up in the ledger. It reports a user who exists according to the ledger, and ends.
func (c *CreateOne) plan(ctx context.Context, r *run) (err error) {
	if c.bringsPassword(r.Selection.Adapter) && declinesPasswords(ctx, r.connection.Client) {
		return c.refusePassword(r.Selection.Adapter)
	}
	if err := r.rekey(ctx, c.Record); err != nil {
		return err
	}
	if c.finding, err = r.known(ctx, c.Record); err != nil {
		return err
	}
	c.item = intake.ItemOf(c.Record.Text(r.Selection.Adapter.Key), c.Record, r.digest(c.Record), c.finding)
	r.rows, r.outcome = 1, engine.Result{Item: c.item, State: rowstate.NotTried}
	if c.finding.Standing == ledger.Exists {
		return c.remembered(ctx, r)
	}
	return nil
}

// bringsPassword reports whether the user is to be created with a password.
func (c *CreateOne) bringsPassword(adapter provider.Adapter) bool {
	return c.Generate || slices.ContainsFunc(adapter.Table.Passwords(), func(f schema.Field) bool { return !c.Record.IsEmpty(f.Name) })
}

// refusePassword returns the error for a server that declares that it accepts no passwords.
func (c *CreateOne) refusePassword(adapter provider.Adapter) error {
	subject, next := adapter.Table.Passwords()[0].Name, "run the command again without the password"
	if c.Generate {
		subject, next = "--generate-password", "run the command again without --generate-password"
	}
	return failure.Refuse(fmt.Errorf("%s: the server declares that it accepts no passwords; nothing was sent", subject), next)
}

// remembered reports a user who exists according to the ledger. If the provider documents a lookup, it reads the
// user there. A user who is not found still counts as existing: a lookup may lag behind, and a second account is
// worse than a second check.
func (c *CreateOne) remembered(ctx context.Context, r *run) error {
	item, finding := c.item, c.finding
	outcome := engine.Result{Item: item, State: rowstate.Existing, User: provider.User{ID: finding.UserID}}
	about := fmt.Sprintf("created by run %s; nothing was sent", finding.Run)
	forget := []string{failure.Note("if the user has been deleted at the provider"), "usher runs forget " + finding.Run}
	if finder, ok := provider.As[provider.Finder](r.connection.Client); ok {
		user, err := finder.Find(ctx, item.Key)
		switch {
		case err == nil:
			outcome.User, forget = user, nil
		case provider.ClassOf(err) != provider.NotFound:
			return app.ProviderFailure(r.Selection, err)
		default:
			about += "; the provider no longer finds the user"
		}
	}
	if c.exists = true; c.OnExists == OnExistsUpdate {
		return errDone
	}
	if c.OnExists != OnExistsFail {
		r.App.Streams.Say("", fmt.Sprintf("User already exists: %s.", about))
		if len(forget) > 0 {
			fmt.Fprintf(r.App.Streams.Err, "%s\nnext: %s\n", forget[0], forget[1])
		}
		return cmp.Or(c.print(ctx, r, outcome), errDone)
	}
	next := c.existsHints(r, item.Key)
	if len(forget) > 0 {
		next = forget
	}
	return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("user already exists: %s %q: %s", r.Selection.Adapter.Key, item.Key, about), next...)
}

// show shows nothing: the command line or the form contains the whole user.
func (c *CreateOne) show(*run) {}

func (c *CreateOne) question(*run) (what, warning string) { return "", "" }

func (c *CreateOne) mark(context.Context, *run) (mark, error) { return mark{}, nil }

// prepare generates a requested password and stores or shows it before anything is sent. Otherwise a crash could
// leave an account with an unknown password.
func (c *CreateOne) prepare(_ context.Context, r *run, info *ledger.RunInfo) error {
	info.Expires = c.TTL.expiry()
	if !c.Generate {
		return nil
	}
	generated := Passwords{Generate: true, File: c.Credentials}
	password, err := generated.one(r, c.item.Key)
	if err != nil {
		return err
	}
	r.closing(func() error {
		return generated.withdraw(r, "The user may have been created.", "No account was created.")
	})
	c.item.Record = WithPasswords(r.Selection.Adapter, c.Record, password)
	return nil
}

// WithPasswords returns a copy of the record in which each password field has this password.
func WithPasswords(adapter provider.Adapter, record schema.Record, password string) schema.Record {
	given := schema.Record{}
	for _, field := range adapter.Table.Passwords() {
		given[field.Name] = password
	}
	return record.With(given)
}

func (c *CreateOne) send(ctx context.Context, r *run, drain <-chan struct{}, options engine.Options) error {
	options.LookFirst, options.Exists = true, engine.FailExisting
	if c.OnExists != OnExistsFail {
		options.Exists = engine.SkipExisting
	}
	options.Same, options.NotStored = intake.SameUser(r.Selection.Adapter), intake.NotStored(r.Selection.Adapter)
	rows := recorder.Recorder{Run: r.entry, Digest: r.digest, Key: r.Selection.Adapter.Key}
	return engine.Run(ctx, drain, ops.Create(r.connection.Client), rows, func(yield func(engine.Item, error) bool) { yield(c.item, nil) }, options)
}

func (c *CreateOne) result(r *run, outcome engine.Result) error {
	switch outcome.State {
	case rowstate.Created:
		return c.created(r, outcome)
	case rowstate.Existing:
		if c.exists = true; c.OnExists == OnExistsUpdate {
			return nil
		}
		fmt.Fprintln(r.App.Streams.Err, "User already exists. No changes.")
		return c.orExists(r, outcome)
	case rowstate.Unknown:
		return c.unknown(r, outcome)
	case rowstate.NotTried:
		if outcome.Err != nil && !errors.Is(r.stopped, engine.ErrRecorder) && !errors.Is(r.stopped, engine.ErrWait) {
			return app.ProviderFailure(r.Selection, outcome.Err)
		}
		return r.notTried()
	}
	return c.failed(r, outcome)
}

// created reports a lost response, a resend, several users with the key, and fields that were not stored.
func (c *CreateOne) created(r *run, outcome engine.Result) error {
	if outcome.Settled {
		r.App.Streams.Say("", "The response to the create was lost; a lookup confirmed that the user was created.")
	}
	if outcome.Resends > 0 {
		r.App.Streams.Say("", fmt.Sprintf("The create was sent %s: a response was lost, and lookups confirmed that no user had the key.", progress.Count(outcome.Resends+1, "time")))
	}
	if len(outcome.Duplicates) > 0 {
		return failure.Fail(failure.StatusUnknown, fmt.Errorf("%d users have the %s %q: ids %q", len(outcome.Duplicates), r.Selection.Adapter.Key, outcome.Key, outcome.Duplicates),
			fmt.Sprintf("usher users get %s -p %s", shell.Quote(outcome.Duplicates[0]), r.Selection.Profile.Name))
	}
	if r.unseen > 0 {
		return failure.Fail(failure.StatusPartial, fmt.Errorf("%s %q: created, but not found by a lookup yet", r.Selection.Adapter.Key, outcome.Key), c.seeSteps(r, outcome.Key)...)
	}
	if len(outcome.NotStored) == 0 {
		return nil
	}
	if r.Strict {
		return failure.Fail(failure.StatusFailed, fmt.Errorf("%s %q: created, but %s not stored as sent", r.Selection.Adapter.Key, outcome.Key, strings.Join(outcome.NotStored, ", ")),
			c.seeSteps(r, outcome.Key)...)
	}
	for _, field := range outcome.NotStored {
		printNotStored(r.App, field)
	}
	return nil
}

// seeSteps returns the next step that shows a user, none if the provider documents no lookup.
func (c *CreateOne) seeSteps(r *run, key string) []string {
	if !r.finds() {
		return nil
	}
	return []string{fmt.Sprintf("usher users get %s -p %s", shell.Quote(key), r.Selection.Profile.Name)}
}

// printNotStored reports a field that the provider did not store as it was sent.
func printNotStored(a *app.App, field string) {
	fmt.Fprintf(a.Streams.Err, "%s %s: not stored as sent\n", a.Streams.ErrStyle().Yellow("warning:"), term.SanitizeLine(field))
}

// failed returns the error of a user who was certainly not created.
func (c *CreateOne) failed(r *run, outcome engine.Result) error {
	adapter := r.Selection.Adapter
	class := provider.ClassOf(outcome.Err)
	switch {
	case outcome.User.ID != "":
		return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("user already exists: %s %q (id %s)", adapter.Key, outcome.Key, outcome.User.ID), c.existsHints(r, outcome.Key)...)
	case class == provider.Conflict && !r.finds():
		return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("user already exists: %s %q, according to %s", adapter.Key, outcome.Key, adapter.Vendor),
			failure.Note(adapter.Vendor+" documents no lookup"), "look for the user in the console of "+adapter.Vendor)
	case class == provider.Unknown && outcome.Attempts > 0:
		return app.ProviderFailure(r.Selection, fmt.Errorf("%w; the user was not created", outcome.Err))
	default:
		return app.ProviderFailure(r.Selection, outcome.Err)
	}
}

// orExists returns an error for an existing user unless they are to be skipped.
func (c *CreateOne) orExists(r *run, outcome engine.Result) error {
	if c.OnExists != OnExistsFail {
		return nil
	}
	return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("user already exists: %s %q", r.Selection.Adapter.Key, outcome.Key), c.existsHints(r, outcome.Key)...)
}

// existsHints returns the next steps for a user who already exists.
func (c *CreateOne) existsHints(r *run, key string) []string {
	hints := []string{failure.Note("to count an existing user as success"), failure.Again("--on-exists skip")}
	if _, ok := r.Selection.Adapter.Endpoint(provider.CapabilityUpdate); ok {
		hints = append(hints, failure.Note("to update the existing user"), fmt.Sprintf("usher users update %s -p %s -i", shell.Quote(key), r.Selection.Profile.Name))
	}
	return hints
}

// unknown returns the error of an unknown outcome.
func (c *CreateOne) unknown(r *run, outcome engine.Result) error {
	run, line, finding := r.entry.ID(), outcome.Line, c.finding
	text := fmt.Sprintf("%s %q: outcome of the create is unknown: %v", r.Selection.Adapter.Key, outcome.Key, outcome.Err)
	if finding.Standing == ledger.Doubtful && outcome.Attempts == 0 {
		run, line = finding.Run, finding.Line
		text = fmt.Sprintf("run %s sent %s %q but got no response; nothing was sent", run, r.Selection.Adapter.Key, outcome.Key)
	}
	if r.finds() {
		return failure.Fail(failure.StatusUnknown, errors.New(text), failure.Note("the user is looked up before anything is sent"), "run the same command again")
	}
	return failure.Fail(failure.StatusUnknown, errors.New(text),
		failure.Note(fmt.Sprintf("%[1]s documents no lookup: check its console, then settle the row with --created or --absent", r.Selection.Adapter.Vendor)),
		fmt.Sprintf("usher runs settle %s --line %d --created", run, line), fmt.Sprintf("usher runs settle %s --line %d --absent", run, line))
}

// print prints a user who is created, existing or unknown. If it fails, the error has the user's state.
func (c *CreateOne) print(ctx context.Context, r *run, outcome engine.Result) error {
	if c.exists && c.OnExists == OnExistsUpdate {
		return nil // the update prints them
	}
	user := outcome.User
	user.Key = outcome.Key
	return r.printDone(ctx, outcome, user, "the user exists; do not create it again")
}

// preview prints the request that would create the user.
func (c *CreateOne) preview(ctx context.Context, r *run) error {
	record := c.Record
	if c.Generate {
		record = WithPasswords(r.Selection.Adapter, record, "generated")
	}
	preview, client, err := r.App.Preview(r.Selection)
	if err != nil {
		return err
	}
	_, err = client.Create(ctx, record)
	return r.showPreview(ctx, preview, err, "sent")
}
