package users

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// updateOptions are the dependencies, arguments and flags of `usher users update`.
type updateOptions struct {
	app *app.App

	selection *app.Selection // nil where the profile cannot be had; then problem says why
	problem   error
	flags     *fields.Flags
	fixed     *fields.Fixed
	names     *names.Resolver // of what fields refer to
	fromFile  fileValues
	global    []string // the flags of every command that were given, for the same command again

	key         string
	file        string
	fieldValues []string
	interactive bool
	dryRun, yes bool
}

func newUpdate(a *app.App, run func(context.Context, *updateOptions) error) *cobra.Command {
	o := &updateOptions{app: a}
	cmd := &cobra.Command{
		Use:   "update KEY",
		Short: "Change one user",
		Long: `Change the fields of one user that the provider documents as changeable. KEY is
what usher users get takes.

A field that is not given is left alone; an empty one, as in --phone "", is
emptied. A list takes the place of the list that is there. The values come from
the fields' flags, from a file in the provider's own documented shape (-f, JSON
or YAML), and with -i from a form that is filled with today's values. Flags win
over the file; the profile's defaults have no say.

What differs is shown and asked about (--yes where nobody can be asked), and
only that is sent. Where nothing differs, nothing is sent. Where the answer is
lost, the provider is asked for the user, and where that does not tell either,
the outcome is reported as unknown with exit status 5.`,
		Example: `  # See which fields the provider of a profile lets be changed
  usher users update ada@example.com -p sandbox-sulu --help

  usher users update ada@example.com -p sandbox-sulu --last-name King --phone ""

  # In a script: no question
  usher users update ada@example.com -p sandbox-sulu -f changes.json --yes

  # See the request; nothing is changed
  usher users update ada@example.com -p sandbox-sulu --address-city London --dry-run`,
		Args:              kit.Args("KEY"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.problem != nil {
				return o.problem
			}
			o.key, o.global = args[0], given(cmd.InheritedFlags())
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.file, "file", "f", "", "read the changes from this JSON or YAML file, - for standard input")
	flags.StringArrayVar(&o.fieldValues, "field", nil, "set any field by its documented name: `NAME=VALUE`")
	flags.BoolVarP(&o.interactive, "interactive", "i", false, "change the user in a form on the terminal")
	flags.BoolVar(&o.dryRun, "dry-run", false, "change nothing; show what differs, and the request without secrets")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// given lists the flags of every command that were given, quoted for a shell,
// but for the profile.
func given(inherited *pflag.FlagSet) []string {
	var args []string
	inherited.VisitAll(func(flag *pflag.Flag) {
		switch {
		case !flag.Changed || flag.Name == "profile":
		case flag.Value.String() == "true" && flag.NoOptDefVal == "true":
			args = append(args, "--"+flag.Name)
		case flag.NoOptDefVal == "true":
			args = append(args, "--"+flag.Name+"="+flag.Value.String())
		default:
			args = append(args, "--"+flag.Name, fields.Quote(flag.Value.String()))
		}
	})
	return args
}

// prepare gives the command the fields that its profile's provider lets be
// changed. Where there are none to be had the command takes any flag, so that
// it is the reason for that which is reported.
func (o *updateOptions) prepare(cmd *cobra.Command) {
	o.selection, o.problem = o.app.Selected()
	if o.problem == nil {
		o.problem = kit.Documented(o.selection.Adapter, provider.PowerUpdate, "change a user")
	}
	if o.problem == nil {
		o.problem = kit.CanLocate(o.selection.Adapter)
	}
	if o.problem != nil {
		cmd.FParseErrWhitelist.UnknownFlags = true
		return
	}
	table := o.selection.Adapter.Table
	o.flags = fields.Add(cmd, optional(table.Mutable()), nil)
	kit.CompleteNames(cmd, o.app, o.selection, table.Mutable())
	o.fixed = fields.AddFixed(cmd, without(table, table.Mutable()))
}

// optional gives the fields as ones that need not be given.
func optional(table schema.Table) schema.Table {
	var all schema.Table
	for _, field := range table {
		field.Required = false
		all = append(all, field)
	}
	return all
}

// update runs the command.
func update(ctx context.Context, o *updateOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	link := kit.NewLink(func() (*app.Connection, error) {
		return o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	})
	defer link.Close()
	o.names = kit.Names(ctx, o.app, o.selection, link)
	wanted, err := o.gather()
	if err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	connection, err := link.Get()
	if err != nil {
		return err
	}
	user, err := kit.Locate(ctx, o.selection, connection.Reader, o.key)
	if err != nil {
		return err
	}
	if wanted, err = o.complete(ctx, user, wanted); err != nil {
		return err
	}
	changes := changesOf(o.selection.Adapter.Table, user, wanted)
	if len(changes) == 0 {
		fmt.Fprintln(o.app.Streams.Err, "The user is like this already; nothing was sent.")
		return printUser(ctx, o.app, o.selection, statusUnchanged, user)
	}
	o.show(user, changes)
	if o.dryRun {
		return o.preview(ctx, connection, user, changes)
	}
	if err := o.consent(ctx, user); err != nil {
		return err
	}
	return o.send(ctx, connection.Reader, user, changes)
}

// check refuses flags that contradict each other or the provider.
func (o *updateOptions) check() error {
	if fixed := o.fixed.Given(); len(fixed) > 0 {
		return o.refuseFixed(fixed)
	}
	flag, secret := o.flags.UsesStdin()
	switch {
	case o.file == "-" && secret:
		return app.Refuse(fmt.Errorf("-f - and %s both read standard input: give one of them as a file", flag))
	case o.interactive && secret:
		return app.Refuse(fmt.Errorf("-i and %s both read standard input: the form asks for it", flag))
	case o.interactive && o.file == "-":
		return app.Refuse(errors.New("-f - and -i both read standard input: give the changes as a file"))
	case o.interactive && !o.app.Streams.CanPrompt():
		return app.Refuse(errors.New("-i needs a terminal for the form, and asking must not be forbidden (--no-input, CI)"),
			"give the fields as flags: "+o.helpCommand())
	}
	return nil
}

// helpCommand is the command that shows the fields that can be changed.
func (o *updateOptions) helpCommand() string {
	return "usher users update -p " + o.selection.Profile.Name + " --help"
}
