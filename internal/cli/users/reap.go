package users

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ledger"
)

// reapOptions are the job of `usher users reap`.
type reapOptions struct{ job job.Job }

func newReap(a *app.App, run func(context.Context, *reapOptions) error) *cobra.Command {
	o := &reapOptions{job: job.Job{App: a}}
	cmd := &cobra.Command{
		Use:         "reap",
		Short:       "Delete the users whose time is over",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Delete the users that usher created with --ttl at the profile's target, once
their time is over, by the ledger. Other users are not touched.

A user whose create is in doubt, for example after a kill, is deleted if the
provider lists them and the ledger proves that usher created them. The other
rows in doubt are named, with the command that settles them (exit status 5).

usher reads each user first, shows the plan and asks for confirmation; --yes
skips the prompt. If the provider documents no delete, usher lists the users for
manual deletion and exits with status 2.`,
		Example: `  usher users create -p acme-test --count 5 --set 'userName=ci-{row}@example.com' --ttl 2h --yes
  usher users reap -p acme-test --yes`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.job.Selection, err = a.Selected(); err != nil {
				return err
			}
			o.job.Pace.Given = cmd.Flags().Changed("concurrency")
			if o.job.Command, err = locate(cmd.Flags(), []string{"users", "reap"}, o.job.Selection.Profile.Name, ""); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().SortFlags = false
	addSendingFlags(cmd, &o.job)
	cmd.Flags().StringVar(&o.job.Results, "results", "", "write one result per user to this file (.csv, .ndjson, .json)")
	cmd.Flags().StringVar(&o.job.JUnit, "junit", "", "write a JUnit XML report to this file")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "results", "junit")
	return cmd
}

// reap runs the command.
func reap(ctx context.Context, o *reapOptions) error {
	runs, err := o.expired(ctx)
	if err != nil {
		return err
	}
	return job.Reap(ctx, &o.job, runs)
}

func (o *reapOptions) expired(ctx context.Context) (runs []ledger.PastRun, err error) {
	book, err := o.job.App.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	return job.Expired(ctx, book, o.job.Selection.Target, time.Now())
}
