package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/names"
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
	link      *kit.Link       // to the provider, while the command runs
	names     *names.Resolver // of what fields refer to
	fromFile  fileValues

	file        string
	fieldValues []string
	interactive bool
	dryRun      bool
	ifExists    string
	generate    bool
	credentials string
}

const (
	ifExistsFail = "fail"
	ifExistsSkip = "skip"
)

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

Nothing is sent twice: where the answer to a create is lost, the provider is
asked whether the user exists, and where it documents no way to ask, the outcome
is reported as unknown with exit status 5.`,
		Example: `  # See which fields the provider of a profile documents
  usher users create -p sandbox-sulu --help

  # Create a user in the sandbox, where nothing real happens
  usher users create -p sandbox-sulu --email ada@example.com --ory-id ory-1 --organization org-1

  # From a file in the provider's documented shape, and print the new id alone
  usher users create -p sandbox-sulu -f user.json -o id`,
		Args: kit.Args(),
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
	flags.StringVar(&o.ifExists, "if-exists", ifExistsFail, "what an existing user means: fail or skip")
	_ = cmd.RegisterFlagCompletionFunc("if-exists", cobra.FixedCompletions([]string{ifExistsFail, ifExistsSkip}, cobra.ShellCompDirectiveNoFileComp))
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// prepare gives the command the flags of its profile's provider. Where there
// is no profile to be had the command takes any flag, so that it is the
// profile's problem that is reported.
func (o *createOptions) prepare(cmd *cobra.Command) {
	o.selection, o.problem = o.app.Selected()
	if o.problem == nil {
		o.defaults, o.problem = kit.Defaults(o.selection)
	}
	if o.selection == nil {
		cmd.FParseErrWhitelist.UnknownFlags = true
		return
	}
	table := o.selection.Adapter.Table
	o.flags = fields.Add(cmd, table, o.defaults)
	kit.CompleteNames(cmd, o.app, o.selection, table)
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
	o.link = kit.NewLink(func() (*app.Connection, error) { return o.app.Connect(ctx, o.selection, app.ConnectOptions{}) })
	defer o.link.Close()
	o.names = kit.Names(ctx, o.app, o.selection, o.link)
	if o.dryRun {
		o.names = kit.NoNames(o.selection, "a dry run asks nobody what it means")
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
	if o.dryRun {
		return o.preview(ctx, record)
	}
	if asked {
		if err := o.confirm(ctx, given, record); err != nil {
			return err
		}
	}
	return o.send(ctx, record, asked)
}

// validate checks the whole record, and gives it with ids in place of names.
func (o *createOptions) validate(given schema.Record) (schema.Record, error) {
	record, faults, err := o.names.Validate(o.selection.Adapter.Table, o.withPlaceholders(given))
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, refuseFaults(o.fromFile.placed(faults, given), o.helpCommand())
	}
	return o.withoutPlaceholders(record), nil
}

// check refuses flags that contradict each other or the provider.
func (o *createOptions) check() error {
	adapter := o.selection.Adapter
	if !slices.Contains([]string{ifExistsFail, ifExistsSkip}, o.ifExists) {
		return app.Refuse(fmt.Errorf("--if-exists %q is neither %s nor %s", o.ifExists, ifExistsFail, ifExistsSkip))
	}
	if _, ok := adapter.Operation(provider.PowerFind); !ok && o.ifExists == ifExistsSkip {
		return kit.NotDocumented(adapter, "look a user up, so --if-exists skip cannot be kept")
	}
	if flag, uses := o.flags.UsesStdin(); uses {
		switch {
		case o.file == "-":
			return app.Refuse(fmt.Errorf("-f - and %s both read standard input: give one of them as a file", flag))
		case o.interactive:
			return app.Refuse(fmt.Errorf("-i and %s both read standard input: the form asks for it", flag))
		}
	}
	if o.file == "-" && o.interactive {
		return app.Refuse(errors.New("-f - and -i both read standard input: give the user as a file"))
	}
	if o.interactive && !o.app.Streams.CanPrompt() {
		return app.Refuse(errors.New("-i needs a terminal for the form, and asking must not be forbidden (--no-input, CI)"),
			"give the fields as flags: "+o.helpCommand())
	}
	if o.credentials != "" && !o.generate {
		return app.Refuse(errors.New("--credentials is for a generated password"), "add --generate-password")
	}
	return nil
}

// refuseFaults words all that is wrong with the values.
func refuseFaults(faults schema.Faults, help string) error {
	lines := make([]string, len(faults))
	for i, fault := range faults {
		lines[i] = fault.Error()
	}
	return app.Refuse(errors.New(strings.Join(lines, "\n")), help)
}

// helpCommand is the command that shows the fields of this profile's provider.
func (o *createOptions) helpCommand() string {
	return "usher users create -p " + o.selection.Profile.Name + " --help"
}
