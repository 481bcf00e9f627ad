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

	selection *app.Selection // nil if the profile cannot be resolved; problem is the reason
	problem   error
	flags     *fields.Flags
	fixed     *fields.Fixed
	items     *itemFlags
	names     *names.Resolver // of the names in references
	fromFile  fileValues
	global    []string // the specified global flags, to print the command

	key         string
	file        string
	fieldValues []string
	interactive bool

	job  job.Job    // with KEY only the confirmation
	many job.Update // with --roster
	// unlocatable is the reason why one user cannot be looked up, nil if they can.
	unlocatable error
}

func newUpdate(a *app.App, run func(context.Context, *updateOptions) error) *cobra.Command {
	o := &updateOptions{app: a, job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:         "update [KEY]",
		Short:       "Update users",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Update documented fields of one user (KEY), or of every user of a roster
(--roster). No user is created. KEY is the natural key or the provider's id; in
a roster only the natural key is used.

Unspecified fields are not changed. An empty value, as in --phone "", and null
in a file clear a field. In a roster, an empty cell changes nothing; list the
fields to clear in the column usher_empty. Flags override the file (-f, JSON or
YAML in the provider's documented format); the profile's defaults are not used.

A list replaces the previous list. To change single items of one user's list,
put add- or remove- before the name of its flag, for example --add-role admin.

usher sends only differences, after it has shown them and you have confirmed
them; --yes skips the prompt. If the response is lost, usher reads the user; if
that does not settle the row, the outcome is unknown (exit status 5). If the
provider did not store a value, usher reports it; --strict makes this a failure.

Before the first update of a roster, usher saves the previous values to a file
(--before). To revert, use that file as the roster of the same command.

If the ledger has another account for KEY, nothing is sent (exit status 3). A
new natural key is recorded in the ledger.`,
		Example: `  # List the fields that can be updated
  usher users update ada@example.com -p sandbox-sulu --help

  usher users update ada@example.com -p sandbox-sulu --last-name King --phone ""

  # Give a role and take another one; all others stay
  usher users update ada@example.com -p sandbox-scim --add-role admin --remove-role viewer

  # Update without a prompt
  usher users update ada@example.com -p sandbox-sulu -f changes.json --yes

  # Update many users, then revert
  usher users update --roster corrections.csv -p sandbox-sulu --yes --before before.csv
  usher users update --roster before.csv -p sandbox-sulu --yes`,
		Args:              cmdutil.OptionalArg("KEY"),
		ValidArgsFunction: cmdutil.CompleteKeys(a),
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
	flags.StringVarP(&o.file, "file", "f", "", "read the changes from this JSON or YAML file; - for standard input")
	flags.StringArrayVar(&o.fieldValues, "field", nil, "set a field by its documented name: `NAME=VALUE` (repeatable)")
	flags.BoolVarP(&o.interactive, "interactive", "i", false, "edit the user in a form")
	addPlanFlags(cmd, &o.job)
	addPlanFileFlags(cmd, &o.job)
	flags.BoolVar(&o.job.Strict, "strict", false, strictHelp)
	flags.StringVar(&o.job.Roster.File, "roster", "", "roster with the users; - for standard input")
	addRosterFlags(cmd, &o.job.Roster)
	completeRosterFlags(cmd, o.job.App, &o.job.Roster)
	flags.StringVar(&o.many.Before, "before", "", "with --roster: save the previous values to this new file (.csv, .ndjson)")
	flags.BoolVar(&o.job.SaveMapping, "save-mapping", false, "with --roster: save in the profile how it is read: --map, --ignore-column, --encoding, --sheet and --header-row")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "before")
	cmdutil.FlagChanges(cmd, cmdutil.Configuration, "save-mapping")
	flags.BoolVar(&o.job.SkipInvalid, "skip-invalid", false, "with --roster: send the valid rows; invalid rows count as failed")
	addPaceFlags(cmd, &o.job.Pace)
	addMaxFailuresFlag(cmd, &o.job)
	addSettleFlag(cmd, &o.job.SettleAfter)
	addReportFlags(cmd, &o.job)
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// checkWho returns an error unless either KEY or --roster is specified, and for flags that require the other one.
func (o *updateOptions) checkWho(flags *pflag.FlagSet) error {
	switch {
	case o.key == "" && o.job.Roster.File == "":
		return failure.Refuse(errors.New("KEY or --roster FILE is required"), "usher users update --help")
	case o.key != "" && o.job.Roster.File != "":
		return failure.Refuse(errors.New("KEY cannot be combined with --roster"), "usher users update --help")
	case o.key != "":
		return cmp.Or(only(flags, "requires --roster", append(rosterFlags(), "before", "save-mapping", "max-failures", "rate", "concurrency")), o.unlocatable)
	}
	names := append([]string{"file", "field", "interactive"}, o.items.names()...)
	for _, field := range o.selection.Adapter.Table {
		names = append(names, field.FlagName(), field.FlagName()+"-stdin", field.FlagName()+"-file")
	}
	return only(flags, "cannot be combined with --roster", names)
}

// given returns the specified global flags except the profile, quoted for a shell.
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

// prepare adds the flags of the fields that the profile's provider can update. If they are not known, the command
// accepts any flag, so that the reason is reported.
func (o *updateOptions) prepare(cmd *cobra.Command) {
	o.selection, o.problem = o.app.Selected()
	if o.problem == nil {
		o.problem = app.Documented(o.selection.Adapter, provider.CapabilityUpdate, "update a user")
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
	o.items = addItemFlags(cmd, o.app, o.selection)
}

// optional returns the fields as optional ones.
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
		return err // before the first request
	}
	var unasked error // of a form that was left; it has the step that continues
	one := job.UpdateOne{Key: o.key, Lists: o.changedLists, Wanted: func(ctx context.Context, user provider.User) (schema.Record, error) {
		wanted, unasked = o.complete(ctx, user, wanted) // what was typed is not lost if it is edited again
		return wanted, unasked
	}}
	if o.interactive {
		o.job.Review = func(ctx context.Context, question string) error { return o.review(ctx, &one, question) }
	}
	_, secret := o.flags.UsesStdin()
	o.job.Link, o.job.Again, o.job.Piped = link, o.repeatCommand, o.file == "-" || secret
	if err := one.Run(ctx, &o.job); err != nil {
		if status := failure.StatusOf(err); o.interactive && unasked == nil && len(one.Changes()) > 0 && (status == failure.StatusRefused || status == failure.StatusInterrupted) {
			return failure.Fail(status, err, append(failure.StepsOf(err), o.continuation(one.Changes())...)...)
		}
		return err
	}
	if o.interactive && !o.job.DryRun && len(one.Changes()) > 0 {
		words := append(o.command(), fields.Args(o.selection.Adapter.Table, one.Changes())...)
		printScript(o.app, append(words, "--yes"))
	}
	return nil
}

// check returns an error for flags that conflict with each other or with the provider.
func (o *updateOptions) check() error {
	if fixed := o.fixed.Given(); len(fixed) > 0 {
		return o.refuseFixed(fixed)
	}
	if lists := o.items.impossible.Given(); len(lists) > 0 {
		return o.refuseItems(lists)
	}
	flag, secret := o.flags.UsesStdin()
	switch {
	case o.file == "-" && secret:
		return failure.Refuse(fmt.Errorf("-f - cannot be combined with %s: both read standard input", flag))
	case o.interactive && secret:
		return failure.Refuse(fmt.Errorf("-i cannot be combined with %s: both read standard input", flag))
	case o.interactive && o.file == "-":
		return failure.Refuse(errors.New("-f - cannot be combined with -i: both read standard input"))
	case o.interactive && !o.app.Streams.CanPrompt():
		return failure.Refuse(errors.New("-i requires a terminal and cannot be combined with --no-input or CI"),
			failure.Note("use the flags of the fields instead"), o.helpCommand())
	}
	return nil
}

// helpCommand returns the command that shows the fields that can be updated.
func (o *updateOptions) helpCommand() string {
	return "usher users update -p " + o.selection.Profile.Name + " --help"
}
