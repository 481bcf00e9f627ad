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
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// undoOptions are the job of `usher runs undo`, and the run to undo.
type undoOptions struct {
	job  job.Job
	undo job.Undo
}

// NewUndo returns a new `usher runs undo`. completeRuns completes its argument.
func NewUndo(a *app.App, completeRuns cobra.CompletionFunc) *cobra.Command {
	return newUndo(a, completeRuns, undo)
}

func newUndo(a *app.App, completeRuns cobra.CompletionFunc, run func(context.Context, *undoOptions) error) *cobra.Command {
	o := &undoOptions{job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:         "undo RUN",
		Short:       "Delete the users that a run created",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Delete exactly the users that a run created. Users that existed before are not
changed.

usher reads each user first. Users modified since creation are listed and
skipped, unless you add --changed; users that no longer exist are absent. usher
shows the plan and asks for confirmation; --yes skips the prompt. A delete
cannot be undone.

The runs of a route, and an import with the groups of its users, are undone
together, the last one first; -p PROFILE undoes only the run. Memberships that a
run has changed are reversed.

Deleted users are removed from the ledger, so that a later import creates them
again. Run the command again to continue with the remaining users. If the
provider documents no delete, usher lists the users by line and id for manual
deletion and exits with status 2.`,
		Example: `  usher runs undo last --dry-run
  usher runs undo last --yes`,
		Args:              cmdutil.Args("RUN"),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.undo.RunID = args[0]
			o.job.Pace.Given = cmd.Flags().Changed("concurrency")
			if !cmd.Flags().Changed("profile") {
				return o.withoutProfile(cmd)
			}
			var err error
			if o.job.Selection, err = a.Selected(); err != nil {
				return err
			}
			if o.job.Command, err = locate(cmd.Flags(), []string{"runs", "undo", o.undo.RunID}, o.job.Selection.Profile.Name, ""); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&o.undo.Changed, "changed", false, "also delete users modified since creation")
	addSendingFlags(cmd, &o.job)
	cmd.Flags().StringVar(&o.job.Results, "results", "", "write one result per row to this file (.csv, .ndjson, .json)")
	cmd.Flags().StringVar(&o.job.JUnit, "junit", "", "write a JUnit XML report to this file")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "results", "junit")
	return cmd
}

// withoutProfile runs the command with the profile of the run, or for all runs of the same execution of a route.
func (o *undoOptions) withoutProfile(cmd *cobra.Command) (err error) {
	ctx := cmd.Context()
	runs, isRoute, err := o.find(ctx)
	if err != nil {
		return err
	}
	if isRoute {
		if o.job.Command, err = locate(cmd.Flags(), []string{"runs", "undo", runs[0].ID}, "", ""); err != nil {
			return err
		}
		return job.UndoRoute(ctx, &o.job, runs, o.undo.Changed)
	}
	args, err := repeatable(cmd.Flags(), []string{"runs", "undo", runs[0].ID}, job.ProfileOf(o.job.App, runs[0]))
	if err != nil {
		return err
	}
	if o.job.Yes { // the repeated command omits --yes
		args = append(args, "--yes")
	}
	if o.job.Confirm != "" {
		args = append(args, "--confirm="+o.job.Confirm)
	}
	return o.job.App.Rerun(ctx, args)
}

// find returns the run, or those of the same execution that are undone together: whose users exist, or that changed
// memberships.
func (o *undoOptions) find(ctx context.Context) (runs []ledger.PastRun, isRoute bool, err error) {
	book, err := o.job.App.Ledger(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	past, err := book.Run(ctx, o.undo.RunID)
	if err != nil {
		return nil, false, failure.Refuse(err, "usher runs list")
	}
	parts, err := book.Parts(ctx, past)
	if err != nil {
		return nil, false, err
	}
	isMembership := func(part ledger.PastRun) bool { return rowstate.CommandOf(part.Command).IsMembership() }
	for _, part := range parts {
		states, err := book.CountStates(ctx, part)
		if err != nil {
			return nil, false, err
		}
		if states[rowstate.Created]+states[rowstate.Added]+states[rowstate.Removed] > 0 {
			runs = append(runs, part)
		}
	}
	if len(runs) == 0 {
		runs = append(runs, past)
	}
	isRoute = len(slices.DeleteFunc(parts, isMembership)) > 1
	return runs, isRoute || len(runs) > 1, nil
}

// undo runs the command.
func undo(ctx context.Context, o *undoOptions) error { return o.undo.Run(ctx, &o.job) }
