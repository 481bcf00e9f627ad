package users

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/shell"
)

// actionOptions are the job and the verb of a command such as `usher users delete`, and
// the KEY of one user.
type actionOptions struct {
	job     job.Job
	verb    ops.Verb
	key     string
	removed string // the value of -f, which is --roster now
}

func newDelete(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	return newAction(a, ops.Delete(), run, &cobra.Command{
		Use:   "delete [KEY]",
		Short: "Delete users",
		Long: `Delete one user, or with --roster every user of a roster. KEY is what usher
users get takes; of a row in a roster only the natural key counts.

Each user is looked up first. A user who does not exist is *absent* if that is
proved (exit status 0), and *not found* if it is not (3). The plan is shown, and
nothing is sent without consent (--yes where nobody can be asked). A delete
cannot be undone. To repeat the command does no harm: it goes on with the users
who are left.

A user who is deleted is forgotten in the ledger, so that a later import creates
them again. To delete the users that a run created: usher runs undo.`,
		Example: `  usher users delete ada@example.com -p acme

  # Offboard a whole list: see the plan, then in a script
  usher users delete --roster leavers.csv -p acme --dry-run
  usher users delete --roster leavers.csv -p acme --yes --failed failed.csv --results results.csv`,
	})
}

func newDeactivate(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	return newAction(a, ops.Deactivate(), run, &cobra.Command{
		Use:        "deactivate [KEY]",
		Short:      "Take users' access away and keep the accounts",
		SuggestFor: []string{"inactivate", "unactivate", "disable", "suspend", "block"},
		Long: `Deactivate one user, or with --roster every user of a roster: they can sign in
no more, and the account stays. KEY is what usher users get takes; of a row in a
roster only the natural key counts.

Each user is looked up first: who is deactivated already is unchanged, and who
does not exist counts as failed. The plan is shown, and nothing is sent without
consent (--yes where nobody can be asked).`,
		Example: `  usher users deactivate ada@example.com -p acme

  # A whole list, in a script
  usher users deactivate --roster leavers.csv -p acme --yes --results results.csv`,
	})
}

func newActivate(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	return newAction(a, ops.Activate(), run, &cobra.Command{
		Use:        "activate [KEY]",
		Short:      "Give deactivated users their access back",
		SuggestFor: []string{"reactivate", "undeactivate", "enable", "unsuspend", "unblock"},
		Long: `Activate one user who was deactivated, or with --roster every user of a roster:
they can sign in again. KEY is what usher users get takes; of a row in a roster
only the natural key counts.

Each user is looked up first: a user who is active is unchanged, and one who
does not exist counts as failed. The plan is shown, and nothing is sent without
consent (--yes where nobody can be asked).`,
		Example: `  usher users activate ada@example.com -p acme

  # A whole list, in a script
  usher users activate --roster returners.csv -p acme --yes --results results.csv`,
	})
}

// newAction completes a command that performs a verb on users.
func newAction(a *app.App, verb ops.Verb, run func(context.Context, *actionOptions) error, cmd *cobra.Command) *cobra.Command {
	o := &actionOptions{job: job.Job{App: a}, verb: verb}
	cmd.Args = cmdutil.OptionalArg("KEY")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if o.job.Selection, err = a.Selected(); err != nil {
			return err
		}
		o.job.Pace.Given = cmd.Flags().Changed("concurrency")
		words := []string{"users", verb.Command}
		if len(args) == 1 {
			o.key = args[0]
			words = append(words, o.key)
		}
		if o.job.Command, err = locate(cmd.Flags(), words, o.job.Selection.Profile.Name, o.job.Roster.File); err != nil {
			return err
		}
		if o.key != "" {
			if err := only(cmd.Flags(), "requires --roster", rosterFlags()); err != nil {
				return err
			}
		}
		return run(cmd.Context(), o)
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.job.Roster.File, "roster", "", "the users of this roster, - for standard input")
	addRosterFlags(cmd, &o.job.Roster)
	flags.BoolVar(&o.job.SkipInvalid, "skip-invalid", false, "count rows with faults as failed and send the others")
	addSendingFlags(cmd, &o.job)
	addReportFlags(cmd, &o.job)
	flags.StringVarP(&o.removed, "file", "f", "", "renamed to --roster")
	_ = flags.MarkHidden("file")
	return cmd
}

// addSendingFlags adds the flags that every action on many users has.
func addSendingFlags(cmd *cobra.Command, j *job.Job) {
	addPlanFlags(cmd, j)
	addPaceFlags(cmd, &j.Pace)
	addSettleFlag(cmd, &j.SettleAfter)
	addMaxFailuresFlag(cmd, j)
}

// act runs the command.
func act(ctx context.Context, o *actionOptions) error {
	line := "usher users " + o.verb.Command
	switch {
	case o.removed != "":
		return failure.Refuse(errors.New("-f is --roster now"), line+" --roster "+shell.Quote(o.removed)+" -p "+o.job.Selection.Profile.Name)
	case o.key == "" && o.job.Roster.File == "":
		return failure.Refuse(errors.New("KEY or --roster FILE is required"), line+" --help")
	case o.key != "" && o.job.Roster.File != "":
		return failure.Refuse(errors.New("KEY cannot be combined with --roster"))
	case o.key != "":
		return (&job.ActionOne{Key: o.key, Verb: o.verb}).Run(ctx, &o.job)
	default:
		return (&job.Action{Verb: o.verb}).Run(ctx, &o.job)
	}
}
