package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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

	job  job.Job    // of a roster; of one user it has the confirmation
	many job.Update // of a roster
	// unlocatable says why one user cannot be found; nil if they can.
	unlocatable error
}

func newUpdate(a *app.App, run func(context.Context, *updateOptions) error) *cobra.Command {
	o := &updateOptions{app: a, job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:   "update [KEY]",
		Short: "Change users",
		Long: `Change the documented fields of one user, or with --roster of every user of a
roster. KEY is what usher users get takes; of a row in a roster only the natural
key counts.

A field that is not given is left alone; an empty one, as in --phone "", is
emptied, and so is one that the file gives as null. In a roster an empty cell
changes nothing, and the column usher_empty names the fields to be emptied. A
list replaces the list that is there. Flags win over the file (-f, JSON or YAML
in the provider's documented shape); the profile's defaults do not count.

Only what differs is sent, after it was shown and confirmed (--yes). If the
response is lost, the user is read; if that does not decide, the outcome is
unknown, with exit status 5. A value that the provider did not store is named;
--strict makes it a failure. Nobody is created. Before the first change of a
roster leaves, what the users were like is written to a file (--before), which
takes the changes back as a roster of the same command.

If the ledger has another account for KEY, nothing is sent (exit status 3). A
new natural key is recorded in the ledger.`,
		Example: `  # See which fields the provider of a profile lets be changed
  usher users update ada@example.com -p sandbox-sulu --help

  usher users update ada@example.com -p sandbox-sulu --last-name King --phone ""

  # In a script: no question
  usher users update ada@example.com -p sandbox-sulu -f changes.json --yes

  # Many users; the next command takes it back
  usher users update --roster corrections.csv -p sandbox-sulu --yes --before before.csv
  usher users update --roster before.csv -p sandbox-sulu --yes`,
		Args:              cmdutil.OptionalArg("KEY"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.problem != nil {
				return o.problem
			}
			if len(args) == 1 {
				o.key = args[0]
			}
			o.global = given(cmd.InheritedFlags())
			var err error
			o.job.Selection, o.job.Pace.Given = o.selection, cmd.Flags().Changed("concurrency")
			if o.job.Command, err = locate(cmd.Flags(), []string{"users", "update"}, o.selection.Profile.Name, o.job.Roster.File); err != nil {
				return err
			}
			if err := o.checkWho(cmd.Flags()); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.file, "file", "f", "", "read the changes from this JSON or YAML file, - for standard input")
	flags.StringArrayVar(&o.fieldValues, "field", nil, "set any field by its documented name: `NAME=VALUE`")
	flags.BoolVarP(&o.interactive, "interactive", "i", false, "change the user in a form on the terminal")
	addPlanFlags(cmd, &o.job)
	flags.BoolVar(&o.job.Strict, "strict", false, strictHelp)
	flags.StringVar(&o.job.Roster.File, "roster", "", "the users of this roster, - for standard input")
	addRosterFlags(cmd, &o.job.Roster)
	flags.StringVar(&o.many.Before, "before", "", "with --roster: write what the users were like to this new file (.csv, .ndjson)")
	flags.BoolVar(&o.job.SaveMapping, "save-mapping", false, "with --roster: save in the profile how it is read: --map, --ignore-column, --encoding, --sheet and --header-row")
	flags.BoolVar(&o.job.SkipInvalid, "skip-invalid", false, "with --roster: count rows with faults as failed and send the others")
	addPaceFlags(cmd, &o.job.Pace)
	addMaxFailuresFlag(cmd, &o.job)
	addSettleFlag(cmd, &o.job.SettleAfter)
	addReportFlags(cmd, &o.job)
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// checkWho refuses a command that names no user, or users in two ways, and flags that
// are for the other way.
func (o *updateOptions) checkWho(flags *pflag.FlagSet) error {
	switch {
	case o.key == "" && o.job.Roster.File == "":
		return failure.Refuse(errors.New("KEY or --roster FILE is required"), "usher users update --help")
	case o.key != "" && o.job.Roster.File != "":
		return failure.Refuse(errors.New("KEY cannot be combined with --roster"))
	case o.key != "":
		return cmp.Or(only(flags, "requires --roster", append(rosterFlags(), "before", "save-mapping", "max-failures", "rate", "concurrency")), o.unlocatable)
	}
	names := []string{"file", "field", "interactive"}
	for _, field := range o.selection.Adapter.Table {
		names = append(names, field.FlagName(), field.FlagName()+"-stdin", field.FlagName()+"-file")
	}
	return only(flags, "cannot be combined with --roster", names)
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
			args = append(args, "--"+flag.Name, shell.Quote(flag.Value.String()))
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
		o.problem = app.Documented(o.selection.Adapter, provider.CapabilityUpdate, "change a user")
	}
	if o.problem != nil {
		cmd.FParseErrWhitelist.UnknownFlags = true
		return
	}
	o.unlocatable = app.CanLocate(o.selection.Adapter)
	table := o.selection.Adapter.Table
	o.flags = fields.Add(cmd, optional(table.Mutable()), nil)
	cmdutil.CompleteNames(cmd, o.app, o.selection, table.Mutable())
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
	if o.job.Roster.File != "" {
		return o.many.Run(ctx, &o.job)
	}
	if err := o.check(); err != nil {
		return err
	}
	link := app.NewLazyConnection(func() (*app.Connection, error) {
		return o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	})
	defer link.Close()
	o.names = app.Names(ctx, o.app, o.selection, link)
	wanted, err := o.gather(ctx)
	if err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	one := job.UpdateOne{Key: o.key, Wanted: func(ctx context.Context, user provider.User) (schema.Record, error) {
		return o.complete(ctx, user, wanted)
	}}
	_, secret := o.flags.UsesStdin()
	o.job.Link, o.job.Again, o.job.Piped = link, o.repeatCommand, o.file == "-" || secret
	if err := one.Run(ctx, &o.job); err != nil {
		return err
	}
	if o.interactive && !o.job.DryRun && len(one.Changes()) > 0 {
		words := append(o.command(), fields.Args(o.selection.Adapter.Table, one.Changes())...)
		printScript(o.app, append(words, "--yes"))
	}
	return nil
}

// check refuses flags that contradict each other or the provider.
func (o *updateOptions) check() error {
	if fixed := o.fixed.Given(); len(fixed) > 0 {
		return o.refuseFixed(fixed)
	}
	flag, secret := o.flags.UsesStdin()
	switch {
	case o.file == "-" && secret:
		return failure.Refuse(fmt.Errorf("-f - and %s both read standard input: give one of them as a file", flag))
	case o.interactive && secret:
		return failure.Refuse(fmt.Errorf("-i and %s both read standard input: the form asks for it", flag))
	case o.interactive && o.file == "-":
		return failure.Refuse(errors.New("-f - and -i both read standard input: give the changes as a file"))
	case o.interactive && !o.app.Streams.CanPrompt():
		return failure.Refuse(errors.New("-i needs a terminal for the form, and asking must not be forbidden (--no-input, CI)"),
			failure.Note("the fields have flags"), o.helpCommand())
	}
	return nil
}

// helpCommand is the command that shows the fields that can be changed.
func (o *updateOptions) helpCommand() string {
	return "usher users update -p " + o.selection.Profile.Name + " --help"
}
