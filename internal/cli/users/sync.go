package users

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// syncOptions are the job of `usher users sync`.
type syncOptions struct {
	job   job.Job
	sync  job.Sync
	route string
}

func newSync(a *app.App, run func(context.Context, *syncOptions) error) *cobra.Command {
	o := &syncOptions{job: job.Job{App: a}, sync: job.Sync{Command: rowstate.CommandSync, Create: job.Create{OnExists: job.OnExistsSkip}}}
	cmd := &cobra.Command{
		Use:         "sync FILE",
		Short:       "Make a provider's users match a roster",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Make a provider's users match a roster (- for standard input, profile:NAME for
the users of another profile), in one run: users who do not exist are created,
those who differ are updated, and those who are not in the roster, the leavers,
are kept, deactivated or deleted (--leavers).

A row requires the fields of a new user. Empty cells and write-only fields such
as passwords are not compared; the profile's defaults apply to new users only. A
column groups adds the users to groups, by name or id.

To deactivate or delete leavers, specify who counts: --scope FIELD=VALUE, or
--scope all. At most 5% of the users in scope are treated, unless --max-leavers
allows more; otherwise nothing is sent (exit status 2). Users in the profile's
protect list are left alone. Leavers are treated last, and only if every row of
the roster is done. If the provider's list may be incomplete, they are not known
and left alone (exit status 3).

usher shows the plan and asks for confirmation; --yes skips the prompt. Before
anything is sent, it saves the values of the users to update and to remove. To
resume a sync, run the same command again.`,
		Example: `  # Show what a sync would do
  usher users sync people.csv -p sandbox-scim --dry-run

  # Deactivate the leavers of one department
  usher users sync people.csv -p sandbox-scim --leavers deactivate --scope department=Sales

  # Delete at most three leavers, without a prompt
  usher users sync people.csv -p sandbox-scim --leavers delete --scope all --max-leavers 3 --yes`,
		Args:              cmdutil.Args("FILE"),
		ValidArgsFunction: completeRosters,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := locateRoster(cmd, a, &o.job, args[0], o.route); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	addRouteFlag(cmd, a, &o.route)
	addRosterFlags(cmd, &o.job.Roster)
	completeRosterFlags(cmd, a, &o.job.Roster)
	addSaveMappingFlag(cmd, &o.job)
	flags.StringVar(&o.sync.Leavers.Treatment, "leavers", job.LeaversKeep, "what happens to users in scope who are not in the roster: keep, deactivate or delete")
	flags.StringArrayVar(&o.sync.Leavers.Scope, "scope", nil, "who counts as a leaver: all, or `FIELD=VALUE` (repeatable; all must match)")
	flags.StringVar(&o.sync.Leavers.Max, "max-leavers", "", "maximum number of leavers to treat, or a percentage of the users in scope (default 5%)")
	flags.BoolVar(&o.sync.Exact, "exact", false, "remove the users with a value in the column groups from all other groups")
	addPlanFlags(cmd, &o.job)
	addPlanFileFlags(cmd, &o.job)
	flags.BoolVar(&o.job.SkipInvalid, "skip-invalid", false, "send the valid rows; invalid rows count as failed")
	flags.BoolVar(&o.job.Strict, "strict", false, strictHelp)
	flags.StringVar(&o.sync.Before, "before", "", "save the previous values of updated users to this new file (.csv, .ndjson)")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "before")
	addPaceFlags(cmd, &o.job.Pace)
	addMaxFailuresFlag(cmd, &o.job)
	addSettleFlag(cmd, &o.job.SettleAfter)
	addReportFlags(cmd, &o.job)
	addNewPasswordFlags(cmd, &o.sync.Create.Passwords)
	cmdutil.OneOf(cmd, "leavers", []string{job.LeaversKeep, job.LeaversDeactivate, job.LeaversDelete})
	noFiles(cmd, "scope", "max-leavers")
	return cmd
}

func syncUsers(ctx context.Context, o *syncOptions) error {
	if o.route == "" {
		return o.sync.Run(ctx, &o.job)
	}
	route, err := job.LoadRoute(o.job.App, o.route)
	if err != nil {
		return err
	}
	return route.Sync(ctx, &o.job, o.sync)
}
