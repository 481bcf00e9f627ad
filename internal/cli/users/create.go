package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// createOptions are the dependencies and flags of `usher users create`.
type createOptions struct {
	app *app.App

	selection *app.Selection // nil if the profile cannot be resolved; problem is the reason
	problem   error
	defaults  schema.Record
	flags     *fields.Flags
	link      *app.LazyConnection // the connection to the provider
	names     *names.Resolver     // of the names in references
	fromFile  fileValues

	file        string
	fieldValues []string
	interactive bool
	dryRun      bool
	strict      bool
	onExists    string
	ifExists    string // the value of --if-exists, the former name of --on-exists
	settleAfter job.SettleAfter
	generate    bool
	credentials string
	ttl         job.TTL
	wait        job.Wait
	lockTimeout time.Duration
	many        manyOptions
}

// strictHelp is the help of --strict.
const strictHelp = "fail if the provider does not store every field as sent"

func newCreate(a *app.App, run func(context.Context, *createOptions) error) *cobra.Command {
	o := &createOptions{app: a}
	cmd := &cobra.Command{
		Use:         "create",
		Short:       "Create one user",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Create one user at the profile's provider.

Values come from field flags, from a JSON or YAML file in the provider's
documented format (-f), and from a form, which opens with -i or if a required
field is missing. Flags override the file; the file overrides the profile's
defaults.

A create is not idempotent. If the response is lost, usher looks up the user,
waits (--settle-after), and resends the create only if it is proved that no user
has the key. Otherwise the outcome is unknown (exit status 5).

If the provider did not store a field as sent, usher reports the field; --strict
makes this a failure.

--count creates so many users, for example test accounts, by the rules of --set.
Those who exist are skipped, unless --on-exists says otherwise. With -o id it
prints the ids of all of them.`,
		Example: `  # List the fields of a profile's provider
  usher users create -p sandbox-sulu --help

  # Create a user in the sandbox
  usher users create -p sandbox-sulu --email ada@example.com --ory-id ory-1 --organization org-1

  # Create a user from a file, and print only the new id
  usher users create -p sandbox-sulu -f user.json -o id`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.problem != nil {
				return o.problem
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.file, "file", "f", "", "read the user from this JSON or YAML file; - for standard input")
	flags.StringArrayVar(&o.fieldValues, "field", nil, "set a field by its documented name: `NAME=VALUE` (repeatable)")
	flags.BoolVarP(&o.interactive, "interactive", "i", false, "fill in a form")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the request, without secrets; send nothing")
	addSettleFlag(cmd, &o.settleAfter)
	flags.BoolVar(&o.strict, "strict", false, strictHelp)
	flags.StringVar(&o.onExists, "on-exists", job.OnExistsFail, "if the user exists: fail, skip or update")
	cmdutil.OneOf(cmd, "on-exists", onExistsValues())
	flags.StringVar(&o.ifExists, "if-exists", "", "renamed to --on-exists")
	_ = flags.MarkHidden("if-exists")
	addTTLFlag(cmd, &o.ttl)
	addWaitFlag(cmd, &o.wait)
	addLockFlag(cmd, &o.lockTimeout)
	o.many.addFlags(cmd)
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// prepare adds the flags of the profile's provider to the command. If the profile cannot be resolved, the command
// accepts any flag, so that the profile's problem is reported.
func (o *createOptions) prepare(cmd *cobra.Command) {
	o.selection, o.problem = o.app.Selected()
	if o.problem == nil {
		o.defaults, o.problem = app.Defaults(o.selection)
	}
	if o.selection == nil {
		cmd.FParseErrWhitelist.UnknownFlags = true
		return
	}
	table := o.selection.Adapter.Table
	if len(table.Secrets()) > 0 { // before those of the fields, which may have the same names
		cmd.Flags().BoolVar(&o.generate, "generate-password", false, "generate a password; show it once, or write it to --credentials")
		cmd.Flags().StringVar(&o.credentials, "credentials", "", "new file for the generated password (readable only by you)")
		cmdutil.FlagChanges(cmd, cmdutil.Files, "credentials")
	}
	o.flags = fields.Add(cmd, table, o.defaults)
	cmdutil.CompleteNames(cmd, o.app, o.selection, table)
}

// create runs the command.
func create(ctx context.Context, o *createOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err // before the form opens
	}
	if o.many.count != 0 {
		return o.createMany(ctx)
	}
	o.link = app.NewLazyConnection(func() (*app.Connection, error) { return o.app.Connect(ctx, o.selection, app.ConnectOptions{}) })
	defer o.link.Close()
	o.names = app.Names(ctx, o.app, o.selection, o.link)
	if o.dryRun {
		o.names = app.NoNames(o.selection, "a dry run sends no lookups")
	}
	given, err := o.gather(ctx)
	if err != nil {
		return err
	}
	given, asked, err := o.complete(ctx, given)
	if err != nil {
		return err
	}
	record, err := o.validate(given)
	if err != nil {
		return err
	}
	if asked {
		o.app.Again = func(flags string) string { return strings.Join(append(o.command(record), flags), " ") }
	}
	if err := (&job.CreateOne{Record: record, OnExists: o.onExists, Generate: o.generate, Credentials: o.credentials, TTL: o.ttl}).Run(ctx, &job.Job{
		LockTimeout: o.lockTimeout, Wait: o.wait, App: o.app, Selection: o.selection, Link: o.link, Pace: job.Pace{Concurrency: 1}, SettleAfter: o.settleAfter, DryRun: o.dryRun, Strict: o.strict,
	}); err != nil {
		return err
	}
	if asked && !o.dryRun {
		printScript(o.app, o.command(record))
	}
	return nil
}

// validate validates the whole record and returns it with ids instead of names.
func (o *createOptions) validate(given schema.Record) (schema.Record, error) {
	record, fieldErrs, err := o.names.Validate(o.selection.Adapter.Table, o.withPlaceholders(given))
	if err != nil {
		return nil, err
	}
	if len(fieldErrs) > 0 {
		return nil, failure.Refuse(o.fromFile.withPlace(fieldErrs, given), o.helpCommand())
	}
	return o.withoutPlaceholders(record), nil
}

// check returns an error for flags that conflict with each other or with the provider.
func (o *createOptions) check() error {
	adapter := o.selection.Adapter
	if err := o.settleAfter.Check(); err != nil {
		return err
	}
	if o.ifExists != "" {
		return failure.Refuse(errors.New("unknown flag --if-exists (renamed to --on-exists)"), "replace it with --on-exists "+shell.Quote(o.ifExists))
	}
	if !slices.Contains(onExistsValues(), o.onExists) {
		return failure.Refuse(fmt.Errorf("--on-exists %q: must be one of %s", o.onExists, strings.Join(onExistsValues(), ", ")))
	}
	if _, ok := adapter.Endpoint(provider.CapabilityFind); !ok && o.onExists != job.OnExistsFail {
		return app.NotDocumented(adapter, "look up a user, which --on-exists "+o.onExists+" requires")
	}
	if flag, uses := o.flags.UsesStdin(); uses {
		switch {
		case o.file == "-":
			return failure.Refuse(fmt.Errorf("-f - cannot be combined with %s: both read standard input", flag))
		case o.interactive:
			return failure.Refuse(fmt.Errorf("-i cannot be combined with %s: both read standard input", flag))
		}
	}
	if o.file == "-" && o.interactive {
		return failure.Refuse(errors.New("-f - cannot be combined with -i: both read standard input"))
	}
	if o.interactive && !o.app.Streams.CanPrompt() {
		return failure.Refuse(errors.New("-i requires a terminal and cannot be combined with --no-input or CI"),
			failure.Note("use the flags of the fields instead"), o.helpCommand())
	}
	if o.credentials != "" && !o.generate {
		return failure.Refuse(errors.New("--credentials requires --generate-password"), failure.Again("--generate-password"))
	}
	return nil
}

// onExistsValues returns the values of --on-exists.
func onExistsValues() []string {
	return []string{job.OnExistsFail, job.OnExistsSkip, job.OnExistsUpdate}
}

// helpCommand returns the command that shows the fields of the profile's provider.
func (o *createOptions) helpCommand() string {
	return "usher users create -p " + o.selection.Profile.Name + " --help"
}

// withPlaceholders returns the record with placeholders for the secrets that are generated when the user is sent.
func (o *createOptions) withPlaceholders(record schema.Record) schema.Record {
	if !o.generate {
		return record
	}
	return job.WithPasswords(o.selection.Adapter, record, "generated")
}

// withoutPlaceholders returns the record without placeholders.
func (o *createOptions) withoutPlaceholders(record schema.Record) schema.Record {
	if !o.generate {
		return record
	}
	left := record.With(nil)
	for _, field := range o.selection.Adapter.Table.Passwords() {
		delete(left, field.Name)
	}
	return left
}
