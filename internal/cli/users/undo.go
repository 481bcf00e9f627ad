package users

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
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
		Use:   "undo RUN",
		Short: "Delete the users that a run created",
		Long: `Delete exactly the users that a run created. Users that existed before are not
changed.

usher reads each user first. Users modified since creation are listed and
skipped, unless you add --changed; users that no longer exist are absent. usher
shows the plan and asks for confirmation; --yes skips the prompt. A delete
cannot be undone.

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
				return o.withItsProfile(cmd)
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
	return cmd
}

// withItsProfile runs the command with the profile of the run.
func (o *undoOptions) withItsProfile(cmd *cobra.Command) (err error) {
	ctx := cmd.Context()
	book, err := o.job.App.Ledger(ctx)
	if err != nil {
		return err
	}
	past, err := book.Run(ctx, o.undo.RunID)
	if err != nil {
		return errors.Join(failure.Refuse(err, "usher runs list"), book.Close())
	}
	if err := book.Close(); err != nil {
		return err
	}
	args, err := repeatable(cmd.Flags(), []string{"runs", "undo", past.ID}, past.Profile)
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

// undo runs the command.
func undo(ctx context.Context, o *undoOptions) error { return o.undo.Run(ctx, &o.job) }
