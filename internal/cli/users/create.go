package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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

	selection *app.Selection // nil where the profile cannot be had; then problem says why
	problem   error
	defaults  schema.Record
	flags     *fields.Flags
	link      *app.LazyConnection // to the provider, while the command runs
	names     *names.Resolver     // of what fields refer to
	fromFile  fileValues

	file        string
	fieldValues []string
	interactive bool
	dryRun      bool
	strict      bool
	onExists    string
	ifExists    string // the value of --if-exists, which is --on-exists now
	settleAfter job.SettleAfter
	generate    bool
	credentials string
}

// strictHelp is the help of --strict.
const strictHelp = "fail if the provider does not store every field as it was sent"

func newCreate(a *app.App, run func(context.Context, *createOptions) error) *cobra.Command {
	o := &createOptions{app: a}
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create one user",
		Long: `Create one user at the provider that the profile points to.

The values come from the fields' flags, from a file in the provider's own
documented shape (-f, JSON or YAML), and from a form on the terminal, which
opens with -i or when required fields are missing. Flags win over the file, the
file over the profile's defaults.

A create is not idempotent. If the response is lost, usher looks up the user,
waits (--settle-after), and sends the create again only if it is proved that
nobody has the key. Otherwise the outcome is unknown, with exit status 5.

A field that the provider did not store as it was sent is named; --strict makes
it a failure of a user who is created.`,
		Example: `  # See which fields the provider of a profile documents
  usher users create -p sandbox-sulu --help

  # Create a user in the sandbox, where nothing real happens
  usher users create -p sandbox-sulu --email ada@example.com --ory-id ory-1 --organization org-1

  # From a file in the provider's documented shape, and print the new id alone
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
	flags.StringVarP(&o.file, "file", "f", "", "read the user from this JSON or YAML file, - for standard input")
	flags.StringArrayVar(&o.fieldValues, "field", nil, "set any field by its documented name: `NAME=VALUE`")
	flags.BoolVarP(&o.interactive, "interactive", "i", false, "fill in a form on the terminal")
	flags.BoolVar(&o.dryRun, "dry-run", false, "send nothing; print the request, without secrets")
	addSettleFlag(cmd, &o.settleAfter)
	flags.BoolVar(&o.strict, "strict", false, strictHelp)
	flags.StringVar(&o.onExists, "on-exists", job.OnExistsFail, "what an existing user means: fail, skip or update")
	_ = cmd.RegisterFlagCompletionFunc("on-exists", cobra.FixedCompletions(onExistsValues(), cobra.ShellCompDirectiveNoFileComp))
	flags.StringVar(&o.ifExists, "if-exists", "", "renamed to --on-exists")
	_ = flags.MarkHidden("if-exists")
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// prepare gives the command the flags of its profile's provider. Where there
// is no profile to be had the command takes any flag, so that it is the
// profile's problem that is reported.
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
	o.flags = fields.Add(cmd, table, o.defaults)
	cmdutil.CompleteNames(cmd, o.app, o.selection, table)
	if len(table.Secrets()) > 0 {
		cmd.Flags().BoolVar(&o.generate, "generate-password", false, "generate the password; it is shown once on the terminal, or written to --credentials")
		cmd.Flags().StringVar(&o.credentials, "credentials", "", "write the generated password to this new file, which only you can read")
	}
}

// create runs the command.
func create(ctx context.Context, o *createOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err // before anybody fills in a form
	}
	o.link = app.NewLazyConnection(func() (*app.Connection, error) { return o.app.Connect(ctx, o.selection, app.ConnectOptions{}) })
	defer o.link.Close()
	o.names = app.Names(ctx, o.app, o.selection, o.link)
	if o.dryRun {
		o.names = app.NoNames(o.selection, "a dry run asks nobody what it means")
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
	if asked && !o.dryRun {
		if err := o.confirm(ctx, given, record); err != nil {
			return err
		}
	}
	if err := (&job.CreateOne{Record: record, OnExists: o.onExists, Generate: o.generate, Credentials: o.credentials}).Run(ctx, &job.Job{
		App: o.app, Selection: o.selection, Link: o.link, Pace: job.Pace{Concurrency: 1}, SettleAfter: o.settleAfter, DryRun: o.dryRun, Strict: o.strict,
	}); err != nil {
		return err
	}
	if asked && !o.dryRun {
		o.printCommand(record)
	}
	return nil
}

// validate checks the whole record, and gives it with ids in place of names.
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

// check refuses flags that contradict each other or the provider.
func (o *createOptions) check() error {
	adapter := o.selection.Adapter
	if err := o.settleAfter.Check(); err != nil {
		return err
	}
	if o.ifExists != "" {
		return failure.Refuse(errors.New("--if-exists is --on-exists now"), "replace it by --on-exists "+shell.Quote(o.ifExists))
	}
	if !slices.Contains(onExistsValues(), o.onExists) {
		return failure.Refuse(fmt.Errorf("--on-exists must be one of %s, not %q", strings.Join(onExistsValues(), ", "), o.onExists))
	}
	if _, ok := adapter.Endpoint(provider.CapabilityFind); !ok && o.onExists != job.OnExistsFail {
		return app.NotDocumented(adapter, "look a user up, so --on-exists "+o.onExists+" cannot be kept")
	}
	if flag, uses := o.flags.UsesStdin(); uses {
		switch {
		case o.file == "-":
			return failure.Refuse(fmt.Errorf("-f - and %s both read standard input: give one of them as a file", flag))
		case o.interactive:
			return failure.Refuse(fmt.Errorf("-i and %s both read standard input: the form asks for it", flag))
		}
	}
	if o.file == "-" && o.interactive {
		return failure.Refuse(errors.New("-f - and -i both read standard input: give the user as a file"))
	}
	if o.interactive && !o.app.Streams.CanPrompt() {
		return failure.Refuse(errors.New("-i needs a terminal for the form, and asking must not be forbidden (--no-input, CI)"),
			failure.Note("the fields have flags"), o.helpCommand())
	}
	if o.credentials != "" && !o.generate {
		return failure.Refuse(errors.New("--credentials is for a generated password"), "add --generate-password")
	}
	return nil
}

// onExistsValues are the values of --on-exists.
func onExistsValues() []string {
	return []string{job.OnExistsFail, job.OnExistsSkip, job.OnExistsUpdate}
}

// helpCommand is the command that shows the fields of this profile's provider.
func (o *createOptions) helpCommand() string {
	return "usher users create -p " + o.selection.Profile.Name + " --help"
}

// withPlaceholders fills in the secrets that are generated only when the user is sent.
func (o *createOptions) withPlaceholders(record schema.Record) schema.Record {
	if !o.generate {
		return record
	}
	return job.WithPasswords(o.selection.Adapter, record, "generated")
}

// withoutPlaceholders takes them out again.
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
