package users

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ops"
	"github.com/bring-aboard/usher/pkg/provider"
)

// groupsOptions are the job of `usher users groups add` and `remove`, and the KEYs.
type groupsOptions struct {
	job    job.Job
	groups job.Groups
	keys   []string
	line   string // the beginning of the command line
}

// newGroups returns a new `usher users groups`.
func newGroups(a *app.App, run func(context.Context, *groupsOptions) error) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "groups",
		Short: "Add users to groups, or remove them",
		Long: `Add users to groups of the provider, or remove them from groups. The groups are
listed by usher groups list, and their members by usher groups members.`,
	}, newGroupsAdd(a, run), newGroupsRemove(a, run))
}

func newGroupsAdd(a *app.App, run func(context.Context, *groupsOptions) error) *cobra.Command {
	o := &groupsOptions{job: job.Job{App: a}, groups: job.Groups{Verb: ops.AddToGroup()}}
	cmd := o.command("add", run, &cobra.Command{
		Use:         "add [KEY...]",
		Short:       "Add users to groups",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"join", "assign"},
		Long: `Add users (KEY..., or a roster with --roster) to groups: those of --group, by
name or id, or those in the column groups of the roster, separated by
semicolons.

Each user in each group is a row of the run. usher looks up each user and reads
the members of each group first: a member is unchanged, and nothing is sent for
them. A name that no group has, or several, is an error before anything is sent.
A user who does not exist counts as failed.

With --exact, each user is afterwards in these groups only: usher also removes
them from all other groups. A row with an empty cell is left alone.

usher shows the plan and asks for confirmation; --yes skips the prompt. The
command is safe to repeat, and sends only what is missing.`,
		Example: `  usher users groups add ada@example.com grace@example.com --group Staff -p acme

  # The groups of each user are in the column groups
  usher users groups add --roster people.csv -p acme --yes --results results.csv`,
	})
	cmd.Flags().BoolVar(&o.groups.Exact, "exact", false, "also remove the users from all other groups")
	return cmd
}

func newGroupsRemove(a *app.App, run func(context.Context, *groupsOptions) error) *cobra.Command {
	o := &groupsOptions{job: job.Job{App: a}, groups: job.Groups{Verb: ops.RemoveFromGroup()}}
	return o.command("remove", run, &cobra.Command{
		Use:         "remove [KEY...]",
		Short:       "Remove users from groups",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"leave", "delete", "unassign"},
		Long: `Remove users (KEY..., or a roster with --roster) from groups: those of --group,
by name or id, or those in the column groups of the roster, separated by
semicolons.

Each user in each group is a row of the run. usher looks up each user and reads
the members of each group first: a user who is no member is unchanged. A name
that no group has, or several, is an error before anything is sent. A user who
does not exist counts as failed.

usher shows the plan and asks for confirmation; --yes skips the prompt. The
command is safe to repeat, and sends only what is missing.`,
		Example: `  usher users groups remove ada@example.com --group Staff --group Board -p acme
  usher users groups remove --roster leavers.csv --group Staff -p acme --yes`,
	})
}

// command returns the command, completed with the flags and arguments.
func (o *groupsOptions) command(name string, run func(context.Context, *groupsOptions) error, cmd *cobra.Command) *cobra.Command {
	cmd.ValidArgsFunction = cmdutil.CompleteKeys(o.job.App)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if o.job.Selection, err = o.job.App.Selected(); err != nil {
			return err
		}
		o.job.Pace.Given, o.keys, o.line = cmd.Flags().Changed("concurrency"), args, cmd.CommandPath()
		words := append([]string{"users", "groups", name}, args...)
		if o.job.Command, err = locate(cmd.Flags(), words, o.job.Selection.Profile.Name, o.job.Roster.File); err != nil {
			return err
		}
		if len(args) > 0 {
			onlyOfFiles := slices.DeleteFunc(rosterFlags(), func(flag string) bool { return flag == "results" || flag == "junit" })
			if err := only(cmd.Flags(), "requires --roster", onlyOfFiles); err != nil {
				return err
			}
		}
		return run(cmd.Context(), o)
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&o.groups.Groups, "group", nil, "group, by `NAME` or id (repeatable)")
	addUsersFlags(cmd, &o.job)
	_ = cmd.RegisterFlagCompletionFunc("group", cmdutil.CompleteKind(o.job.App, provider.Group))
	return cmd
}

// check returns an error unless either KEY or --roster is specified, and groups for KEY.
func (o *groupsOptions) check() error {
	if err := keyOrRoster(len(o.keys) > 0, o.job.Roster.File, o.line); err != nil {
		return err
	}
	if len(o.keys) > 0 && len(o.groups.Groups) == 0 {
		return failure.Refuse(errors.New("--group is required with KEY"), o.line+" --help")
	}
	return nil
}

// changeGroups runs the command.
func changeGroups(ctx context.Context, o *groupsOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if len(o.keys) > 0 {
		o.job.Roster = job.KeysRoster(o.keys)
	}
	return o.groups.Run(ctx, &o.job)
}
