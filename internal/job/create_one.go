package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/passwords"
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
	// Record is the user, complete but for a generated password.
	Record schema.Record
	// OnExists is what an existing user means: one of the constants.
	OnExists string
	// Generate has the password generated, and written to the new file Credentials; on
	// the terminal if that is empty.
	Generate    bool
	Credentials string

	item    engine.Item
	finding ledger.Finding // what the ledger has of the user
	exists  bool
}

// Run creates the user. If they exist and are to be updated, that is a run of its own.
// The error has the exit status and the next steps.
func (c *CreateOne) Run(ctx context.Context, j *Job) error {
	if j.DryRun {
		r := j.newRun(c)
		return r.through(ctx, []step{r.check, r.preview(c)}) // nothing is looked up
	}
	if err := j.runOne(ctx, c); err != nil || !c.exists || c.OnExists != OnExistsUpdate {
		return err
	}
	update := *j
	update.Yes = true // the flag is the confirmation
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

// check refuses to generate a password that nobody would see.
func (c *CreateOne) check(r *run) error {
	if c.OnExists == OnExistsUpdate {
		if err := app.Documented(r.Selection.Adapter, provider.CapabilityUpdate, "change a user, so --on-exists update is not possible"); err != nil {
			return err
		}
	}
	if c.Generate && c.Credentials == "" && !r.DryRun && !r.App.Streams.ErrIsTerminal() {
		return failure.Refuse(errors.New("nobody would see the generated password here"), "add --credentials FILE, which only you can read")
	}
	return nil
}

// plan looks in the ledger. A user who exists by it is reported, and that is all.
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

// refusePassword is the refusal of a password by what the server declares.
func (c *CreateOne) refusePassword(adapter provider.Adapter) error {
	subject, next := adapter.Table.Passwords()[0].Name, "run the command again without the password"
	if c.Generate {
		subject, next = "--generate-password", "run the command again without --generate-password"
	}
	return failure.Refuse(fmt.Errorf("%s: the server declares that it takes no passwords; nothing was sent", subject), next)
}

// remembered is the result where the ledger knows that the user exists. The
// provider is asked, where it can be, for what it holds; where it holds nothing
// the ledger is believed all the same: a look-up may lag behind, and a second
// account is worse than a second look.
func (c *CreateOne) remembered(ctx context.Context, r *run) error {
	item, finding := c.item, c.finding
	outcome := engine.Result{Item: item, State: rowstate.Existing, User: provider.User{ID: finding.UserID}}
	about := fmt.Sprintf("run %s made it, so nothing was sent", finding.Run)
	forget := []string{failure.Note("if the user was deleted at the provider since"), "usher runs forget " + finding.Run}
	if finder, ok := r.connection.Client.(provider.Finder); ok {
		user, err := finder.Find(ctx, item.Key)
		switch {
		case err == nil:
			outcome.User, forget = user, nil
		case provider.ClassOf(err) != provider.NotFound:
			return app.ProviderFailure(r.Selection, err)
		default:
			about += ", but the provider does not find the user now"
		}
	}
	if c.exists = true; c.OnExists == OnExistsUpdate {
		return errDone
	}
	if c.OnExists != OnExistsFail {
		fmt.Fprintf(r.App.Streams.Err, "The user exists already: %s.\n", about)
		if len(forget) > 0 {
			fmt.Fprintf(r.App.Streams.Err, "%s\nnext: %s\n", forget[0], forget[1])
		}
		return cmp.Or(c.print(ctx, r, outcome), errDone)
	}
	next := c.existsHints(r, item.Key)
	if len(forget) > 0 {
		next = forget
	}
	return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("a user with %s %q exists already: %s", r.Selection.Adapter.Key, item.Key, about), next...)
}

// show shows nothing: what is created is what the command line says, or what a form
// has shown.
func (c *CreateOne) show(*run) {}

func (c *CreateOne) question(*run) string { return "" }

func (c *CreateOne) mark(context.Context, *run) (mark, error) { return mark{}, nil }

// prepare generates the password, if that was asked for, and hands it over before
// anything is sent: no crash may leave an account whose password nobody has.
func (c *CreateOne) prepare(_ context.Context, r *run, _ *ledger.RunInfo) error {
	if !c.Generate {
		return nil
	}
	source, err := passwords.NewSource(passwords.DefaultPolicy())
	if err != nil {
		return err
	}
	password, err := source.Password(1)
	if err != nil {
		return err
	}
	if c.Credentials == "" {
		fmt.Fprintf(r.App.Streams.Err, "Password for %s, shown only now: %s\n", term.SanitizeLine(c.item.Key), password)
	} else if err := writeCredentials(c.Credentials, r.Selection.Adapter.Key, c.item.Key, password); err != nil {
		return failure.Refuse(err)
	}
	r.closing(func() error { return c.withdraw(r) })
	c.item.Record = WithPasswords(r.Selection.Adapter, c.Record, password)
	return nil
}

// WithPasswords returns a record in which each password is this one.
func WithPasswords(adapter provider.Adapter, record schema.Record, password string) schema.Record {
	given := schema.Record{}
	for _, field := range adapter.Table.Passwords() {
		given[field.Name] = password
	}
	return record.With(given)
}

func writeCredentials(path, keyName, key, password string) error {
	file, err := passwords.Create(path, keyName)
	if err != nil {
		return err
	}
	if err := file.Add(1, key, password); err != nil {
		return errors.Join(err, file.Discard())
	}
	return file.Finish()
}

// withdraw takes back a generated password that opens no account, so that nobody uses
// it, and the same command can be run again.
func (c *CreateOne) withdraw(r *run) error {
	outcome := r.outcome
	mayBeInUse := outcome.Attempts > 0 && (outcome.State == rowstate.Created || outcome.State == rowstate.Unknown)
	switch {
	case mayBeInUse && outcome.State == rowstate.Unknown:
		fmt.Fprintf(r.App.Streams.Err, "If the user was created, %s opens the account: keep it until that is settled.\n", cmp.Or(c.Credentials, "the password above"))
		return nil
	case mayBeInUse:
		return nil
	case c.Credentials == "":
		fmt.Fprintln(r.App.Streams.Err, "The password above opens no account: forget it.")
		return nil
	default:
		return os.Remove(c.Credentials)
	}
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
		fmt.Fprintln(r.App.Streams.Err, "The user exists already; nothing was changed.")
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

// created reports what is special about a created user: a lost response, a second
// request, several users with the key, or fields that were not stored.
func (c *CreateOne) created(r *run, outcome engine.Result) error {
	if outcome.Settled {
		fmt.Fprintln(r.App.Streams.Err, "The response to the create was lost; a lookup shows that the user was created.")
	}
	if outcome.Resends > 0 {
		fmt.Fprintf(r.App.Streams.Err, "The create was sent %s: a response was lost, and lookups proved that nobody had the key.\n", progress.Count(outcome.Resends+1, "time"))
	}
	if len(outcome.Duplicates) > 0 {
		return failure.Fail(failure.StatusUnknown, fmt.Errorf("%d users have the %s %q: ids %q", len(outcome.Duplicates), r.Selection.Adapter.Key, outcome.Key, outcome.Duplicates),
			fmt.Sprintf("usher users get %s -p %s", shell.Quote(outcome.Duplicates[0]), r.Selection.Profile.Name))
	}
	if len(outcome.NotStored) == 0 {
		return nil
	}
	if r.Strict {
		return failure.Fail(failure.StatusFailed, fmt.Errorf("%s %q is created, but the provider did not store %s", r.Selection.Adapter.Key, outcome.Key, strings.Join(outcome.NotStored, ", ")),
			c.seeSteps(r, outcome.Key)...)
	}
	for _, field := range outcome.NotStored {
		printNotStored(r.App, field)
	}
	return nil
}

// seeSteps says how a user is looked at, where the provider documents a lookup.
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

// failed words why a user was certainly not made.
func (c *CreateOne) failed(r *run, outcome engine.Result) error {
	adapter := r.Selection.Adapter
	class := provider.ClassOf(outcome.Err)
	switch {
	case outcome.User.ID != "":
		return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("a user with %s %q exists already (id %s)", adapter.Key, outcome.Key, outcome.User.ID), c.existsHints(r, outcome.Key)...)
	case class == provider.Conflict && !r.finds():
		return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("a user with %s %q exists already, %s says", adapter.Key, outcome.Key, adapter.Vendor),
			failure.Note(adapter.Vendor+" documents no lookup"), "look for the user in the console of "+adapter.Vendor)
	case class == provider.Unknown && outcome.Attempts > 0:
		return app.ProviderFailure(r.Selection, fmt.Errorf("%w; the user was not created", outcome.Err))
	default:
		return app.ProviderFailure(r.Selection, outcome.Err)
	}
}

// orExists makes an existing user a failure unless skipping was asked for.
func (c *CreateOne) orExists(r *run, outcome engine.Result) error {
	if c.OnExists != OnExistsFail {
		return nil
	}
	return failure.FailAs(provider.Conflict.String(), failure.StatusFailed, fmt.Errorf("a user with %s %q exists already", r.Selection.Adapter.Key, outcome.Key), c.existsHints(r, outcome.Key)...)
}

// existsHints says what can be done about a user who exists already.
func (c *CreateOne) existsHints(r *run, key string) []string {
	hints := []string{failure.Note("to count an existing user as success"), "add --on-exists skip"}
	if _, ok := r.Selection.Adapter.Endpoint(provider.CapabilityUpdate); ok {
		hints = append(hints, failure.Note("to change the existing user"), fmt.Sprintf("usher users update %s -p %s -i", shell.Quote(key), r.Selection.Profile.Name))
	}
	return hints
}

// unknown words an outcome that cannot be told, and what the administrator can do.
func (c *CreateOne) unknown(r *run, outcome engine.Result) error {
	run, line, finding := r.entry.ID(), outcome.Line, c.finding
	text := fmt.Sprintf("whether %s %q was created is unknown: %v", r.Selection.Adapter.Key, outcome.Key, outcome.Err)
	if finding.Standing == ledger.Doubtful && outcome.Attempts == 0 {
		run, line = finding.Run, finding.Line
		text = fmt.Sprintf("run %s sent %s %q and never learned what came of it, so nothing was sent now", run, r.Selection.Adapter.Key, outcome.Key)
	}
	if r.finds() {
		return failure.Fail(failure.StatusUnknown, errors.New(text), failure.Note("the user is looked up before anything is sent"), "run the same command again")
	}
	return failure.Fail(failure.StatusUnknown, errors.New(text),
		failure.Note(fmt.Sprintf("%[1]s documents no lookup: look for the user in the console of %[1]s, then settle the row with --created or --absent", r.Selection.Adapter.Vendor)),
		fmt.Sprintf("usher runs settle %s --line %d --created", run, line), fmt.Sprintf("usher runs settle %s --line %d --absent", run, line))
}

// print prints a user who is created, existing or unknown. If that is not possible, the
// failure says what became of the user.
func (c *CreateOne) print(ctx context.Context, r *run, outcome engine.Result) error {
	if c.exists && c.OnExists == OnExistsUpdate {
		return nil // the update prints them
	}
	user := outcome.User
	user.Key = outcome.Key
	return r.printDone(ctx, outcome, user, "the user is there: do not create it again")
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
