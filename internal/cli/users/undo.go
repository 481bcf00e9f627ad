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

// undoOptions are the job of `usher runs undo`, and the run that is undone.
type undoOptions struct {
	job  job.Job
	undo job.Undo
}

// NewUndo returns a new `usher runs undo`. The runs that completeRuns offers are its
// argument.
func NewUndo(a *app.App, completeRuns cobra.CompletionFunc) *cobra.Command {
	return newUndo(a, completeRuns, undo)
}

func newUndo(a *app.App, completeRuns cobra.CompletionFunc, run func(context.Context, *undoOptions) error) *cobra.Command {
	o := &undoOptions{job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:   "undo RUN",
		Short: "Delete the users that a run created",
		Long: `Delete exactly the users that a run created, at the provider that it created
them at. Users that existed before are left alone.

Each user is read first. Who was changed since it was made is named, and left
out unless --changed is given; who is gone already is absent. The plan is shown,
and nothing is sent without consent (--yes where nobody can be asked). A delete
cannot be undone.

The rows are forgotten as their users go, so that a later import creates them
again. To undo the same run again goes on with the users who are left. Where the
provider documents no delete, the users are listed by line and id, to be removed
by hand, and the exit status is 2.`,
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
	cmd.Flags().BoolVar(&o.undo.Changed, "changed", false, "delete also the users who were changed since they were made")
	addSendingFlags(cmd, &o.job)
	cmd.Flags().StringVar(&o.job.Results, "results", "", "write a line for each row to this file (.csv, .ndjson, .json)")
	cmd.Flags().StringVar(&o.job.JUnit, "junit", "", "write a JUnit XML report to this file")
	return cmd
}

// withItsProfile runs the command again with the profile of the run.
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
	if o.job.Yes { // confirmation is not repeated by itself
		args = append(args, "--yes")
	}
	if o.job.Confirm != "" {
		args = append(args, "--confirm="+o.job.Confirm)
	}
	return o.job.App.Rerun(ctx, args)
}

// undo runs the command.
func undo(ctx context.Context, o *undoOptions) error { return o.undo.Run(ctx, &o.job) }
