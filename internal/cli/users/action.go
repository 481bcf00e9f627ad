package users

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/internal/shell"
)

// actionOptions are the job and the verb of a command such as `usher users delete`, and the KEY of one user.
type actionOptions struct {
	job     job.Job
	verb    ops.Verb
	key     string
	route   string
	removed string // the value of -f, the former name of --roster
	revoke  bool   // revoke the sessions as well
}

func newDelete(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	return newAction(a, ops.Delete(), run, &cobra.Command{
		Use:         "delete [KEY]",
		Short:       "Delete users",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Delete one user (KEY), or every user of a roster (--roster). KEY is the natural
key or the provider's id; in a roster only the natural key is used.

usher looks up each user first. A user who does not exist is *absent* if that is
proved (exit status 0), and *not found* otherwise (exit status 3). usher shows
the plan and asks for confirmation; --yes skips the prompt. A delete cannot be
undone. The command is safe to repeat and continues with the remaining users.

Deleted users are removed from the ledger, so that a later import creates them
again. To delete the users that a run created, use usher runs undo.`,
		Example: `  usher users delete ada@example.com -p acme

  # Show the plan for a whole list, then delete without a prompt
  usher users delete --roster leavers.csv -p acme --dry-run
  usher users delete --roster leavers.csv -p acme --yes --failed failed.csv --results results.csv`,
	})
}

func newDeactivate(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	o := &actionOptions{job: job.Job{App: a}, verb: ops.Deactivate()}
	cmd := o.command(run, &cobra.Command{
		Use:         "deactivate [KEY]",
		Short:       "Deactivate users and keep their accounts",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"inactivate", "unactivate", "suspend", "block", "lock"},
		Long: `Deactivate one user (KEY), or every user of a roster (--roster). Deactivated
users can no longer log in; their accounts are kept. KEY is the natural key or
the provider's id; in a roster only the natural key is used.

usher looks up each user first. An inactive user is unchanged; a user who does
not exist counts as failed. usher shows the plan and asks for confirmation;
--yes skips the prompt.

Some providers do not end the sessions in effect: --revoke-sessions does, also
those of inactive users.`,
		Example: `  usher users deactivate ada@example.com -p acme
  usher users deactivate ada@example.com -p acme --revoke-sessions

  # Deactivate a whole list without a prompt
  usher users deactivate --roster leavers.csv -p acme --yes --results results.csv`,
	})
	cmd.Flags().BoolVar(&o.revoke, "revoke-sessions", false, "also revoke all sessions of the users")
	return cmd
}

func newActivate(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	return newAction(a, ops.Activate(), run, &cobra.Command{
		Use:         "activate [KEY]",
		Short:       "Activate deactivated users",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"reactivate", "undeactivate", "unsuspend", "unblock", "unlock"},
		Long: `Activate one deactivated user (KEY), or every user of a roster (--roster), so
that they can log in again. KEY is the natural key or the provider's id; in a
roster only the natural key is used.

usher looks up each user first. An active user is unchanged; a user who does not
exist counts as failed. usher shows the plan and asks for confirmation; --yes
skips the prompt.`,
		Example: `  usher users activate ada@example.com -p acme

  # Activate a whole list without a prompt
  usher users activate --roster returners.csv -p acme --yes --results results.csv`,
	})
}

// newAction returns the command, completed with the flags and arguments of a verb on users.
func newAction(a *app.App, verb ops.Verb, run func(context.Context, *actionOptions) error, cmd *cobra.Command) *cobra.Command {
	return (&actionOptions{job: job.Job{App: a}, verb: verb}).command(run, cmd)
}

// command returns the command, completed with the flags and arguments of the verb, and with --to.
func (o *actionOptions) command(run func(context.Context, *actionOptions) error, cmd *cobra.Command) *cobra.Command {
	o.complete(cmd, func(ctx context.Context) error { return run(ctx, o) })
	addRouteFlag(cmd, o.job.App, &o.route)
	return cmd
}

// chosen returns the verb with the requests that the flags add.
func (o *actionOptions) chosen() ops.Verb {
	if o.revoke {
		return o.verb.ThenRevoking()
	}
	return o.verb
}

// complete adds the flags and arguments of the verb to the command.
func (o *actionOptions) complete(cmd *cobra.Command, run func(context.Context) error) {
	cmd.Args = cmdutil.OptionalArg("KEY")
	cmd.ValidArgsFunction = cmdutil.CompleteKeys(o.job.App)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var err error
		if o.route != "" {
			return o.actOnRoute(cmd, args)
		}
		if o.job.Selection, err = o.job.App.Selected(); err != nil {
			return err
		}
		o.job.Pace.Given = cmd.Flags().Changed("concurrency")
		words := o.words()
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
		return run(cmd.Context())
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	addUsersFlags(cmd, &o.job)
	flags.StringVarP(&o.removed, "file", "f", "", "renamed to --roster")
	_ = flags.MarkHidden("file")
}

// check returns an error unless either KEY or --roster is specified.
func (o *actionOptions) check() error {
	if o.removed != "" {
		return failure.Refuse(errors.New("unknown flag -f (renamed to --roster)"), o.line()+" --roster "+shell.Quote(o.removed)+" -p "+o.job.Selection.Profile.Name)
	}
	return keyOrRoster(o.key != "", o.job.Roster.File, o.line())
}

// words returns the words of the command line after usher, and line the beginning of the line.
func (o *actionOptions) words() []string { return job.CommandWords(o.verb.Command)[1:] }

func (o *actionOptions) line() string { return strings.Join(job.CommandWords(o.verb.Command), " ") }

// keyOrRoster returns an error unless either a KEY or --roster is specified.
func keyOrRoster(hasKey bool, file, line string) error {
	switch hasFile := file != ""; {
	case !hasKey && !hasFile:
		return failure.Refuse(errors.New("KEY or --roster FILE is required"), line+" --help")
	case hasKey && hasFile:
		return failure.Refuse(errors.New("KEY cannot be combined with --roster"), line+" --help")
	default:
		return nil
	}
}

// addUsersFlags adds the flags of a command on the users of a roster.
func addUsersFlags(cmd *cobra.Command, j *job.Job) {
	cmd.Flags().StringVar(&j.Roster.File, "roster", "", "roster with the users; - for standard input")
	addRosterFlags(cmd, &j.Roster)
	completeRosterFlags(cmd, j.App, &j.Roster)
	cmd.Flags().BoolVar(&j.SkipInvalid, "skip-invalid", false, "send the valid rows; invalid rows count as failed")
	addSendingFlags(cmd, j)
	addPlanFileFlags(cmd, j)
	addReportFlags(cmd, j)
}

// addSendingFlags adds the flags of every action on many users.
func addSendingFlags(cmd *cobra.Command, j *job.Job) {
	addPlanFlags(cmd, j)
	addPaceFlags(cmd, &j.Pace)
	addSettleFlag(cmd, &j.SettleAfter)
	addMaxFailuresFlag(cmd, j)
}

// act runs the command.
func act(ctx context.Context, o *actionOptions) error {
	switch err := o.check(); {
	case err != nil:
		return err
	case o.key != "":
		return (&job.ActionOne{Key: o.key, Verb: o.chosen()}).Run(ctx, &o.job)
	default:
		return (&job.Action{Verb: o.chosen()}).Run(ctx, &o.job)
	}
}

// actOnRoute runs the command for a route.
func (o *actionOptions) actOnRoute(cmd *cobra.Command, args []string) error {
	if len(args) > 0 || o.job.Roster.File == "" {
		return failure.Refuse(errors.New("--"+job.RouteFlag+" requires --roster FILE, without KEY"), o.line()+" --help")
	}
	if err := locateRoute(cmd, &o.job, o.words(), o.job.Roster.File); err != nil {
		return err
	}
	route, err := job.LoadRoute(o.job.App, o.route)
	if err != nil {
		return err
	}
	return route.Act(cmd.Context(), &o.job, o.chosen())
}
