package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
)

// removeOptions are the dependencies, arguments and flags of `usher users
// delete` and `usher users deactivate`.
type removeOptions struct {
	importOptions // of a roster of users
	key           string
}

func newDelete(a *app.App, run func(context.Context, *removeOptions) error) *cobra.Command {
	return newRemoval(a, ledger.CommandDelete, run, &cobra.Command{
		Use:   "delete [KEY]",
		Short: "Delete users",
		Long: `Delete one user, or with -f every user of a roster. KEY is what usher users get
takes; of a row in a roster only the natural key counts.

Each user is looked up first: who does not exist is absent, and that is as good
as deleted. The plan is shown, and nothing is sent without consent (--yes where
nobody can be asked). A delete cannot be undone. To repeat the command does no
harm: it goes on with the users who are left.

A user who is deleted is forgotten in the ledger, so that a later import creates
them again. To delete the users that a run created: usher runs undo.`,
		Example: `  usher users delete ada@example.com -p acme

  # Offboard a whole list: see the plan, then in a script
  usher users delete -f leavers.csv -p acme --dry-run
  usher users delete -f leavers.csv -p acme --yes --failed failed.csv --results results.csv`,
	})
}

func newDeactivate(a *app.App, run func(context.Context, *removeOptions) error) *cobra.Command {
	return newRemoval(a, ledger.CommandDeactivate, run, &cobra.Command{
		Use:   "deactivate [KEY]",
		Short: "Take users' access away and keep the accounts",
		Long: `Deactivate one user, or with -f every user of a roster: they can sign in no
more, and the account stays. KEY is what usher users get takes; of a row in a
roster only the natural key counts.

Each user is looked up first: who is deactivated already is unchanged, and who
does not exist counts as failed. The plan is shown, and nothing is sent without
consent (--yes where nobody can be asked).`,
		Example: `  usher users deactivate ada@example.com -p acme

  # A whole list, in a script
  usher users deactivate -f leavers.csv -p acme --yes --results results.csv`,
	})
}

// newRemoval completes a command that removes users.
func newRemoval(a *app.App, command string, run func(context.Context, *removeOptions) error, cmd *cobra.Command) *cobra.Command {
	o := &removeOptions{importOptions: importOptions{rosterOptions: rosterOptions{app: a}, onExists: onExistsSkip, removal: command}}
	cmd.Args = kit.OptionalArg("KEY")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if o.selection, err = a.Selected(); err != nil {
			return err
		}
		o.concurrencyGiven = cmd.Flags().Changed("concurrency")
		words := []string{"users", command}
		if len(args) == 1 {
			o.key = args[0]
			words = append(words, o.key)
		}
		if err := o.placed(); err != nil {
			return err
		}
		if o.arguments, err = repeatable(cmd.Flags(), words, o.selection.Profile.Name); err != nil {
			return err
		}
		return run(cmd.Context(), o)
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&o.file, "file", "f", "", "the users of this roster, - for standard input")
	o.addRosterFlags(cmd)
	flags.BoolVar(&o.skipInvalid, "skip-invalid", false, "count rows with faults as failed and send the others")
	o.addSendingFlags(cmd)
	flags.StringVar(&o.failed, "failed", "", "write the rows that are not done to this file, in the roster's own form")
	return cmd
}

// addSendingFlags adds the flags that every removal of many users has.
func (o *importOptions) addSendingFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&o.dryRun, "dry-run", false, "show the plan and end; nothing is sent")
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	flags.StringVar(&o.confirm, "confirm", "", "consent for a profile that asks for its name: `NAME`")
	o.addPaceFlags(cmd)
	flags.IntVar(&o.maxFailures, "max-failures", 20, "stop after so many failures of one kind in a row; 0 for no limit")
	flags.StringVar(&o.results, "results", "", "write a line for each row to this file (.csv, .ndjson, .json)")
	flags.StringVar(&o.junit, "junit", "", "write a JUnit XML report to this file")
	for _, name := range []string{"max-failures", "confirm"} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// deactivates tells whether the accounts stay.
func (o *importOptions) deactivates() bool { return o.removal == ledger.CommandDeactivate }

// verb is what is done to a user.
func (o *importOptions) verb() string {
	if o.deactivates() {
		return "deactivate"
	}
	return "delete"
}

// check refuses flags that contradict each other or the provider.
func (o *removeOptions) check() error {
	switch {
	case o.key == "" && o.file == "":
		return app.Refuse(errors.New("whom? Neither KEY nor a roster (-f FILE) is given"), o.task().words+" --help")
	case o.key != "" && o.file != "":
		return app.Refuse(errors.New("KEY and -f are both given: give one of them"))
	case o.key != "" && (o.results != "" || o.failed != "" || o.junit != ""):
		return app.Refuse(errors.New("--results, --failed and --junit are for a roster (-f FILE)"))
	case o.maxFailures < 0:
		return app.Refuse(fmt.Errorf("--max-failures %d is less than nothing: 0 means no limit", o.maxFailures))
	}
	return cmp.Or(o.paceOptions.check(), o.documented())
}

// documented refuses what the provider does not document.
func (o *removeOptions) documented() error {
	power := provider.PowerDelete
	if o.deactivates() {
		power = provider.PowerDeactivate
	}
	if err := kit.Documented(o.selection.Adapter, power, o.verb()+" a user"); err != nil {
		return err
	}
	if o.key != "" {
		return kit.CanLocate(o.selection.Adapter)
	}
	return canAsk(o.selection.Adapter)
}

// remove runs the command.
func remove(ctx context.Context, o *removeOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	if o.key != "" {
		return o.removeOne(ctx)
	}
	return o.removeRoster(ctx)
}
