package runs

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
)

// forgetOptions are the dependencies, arguments and flags of `usher runs forget`.
type forgetOptions struct {
	app   *app.App
	run   string
	lines []int
	gone  bool
	yes   bool
}

func newForget(a *app.App, run func(context.Context, *forgetOptions) error) *cobra.Command {
	o := &forgetOptions{app: a}
	cmd := &cobra.Command{
		Use:         "forget RUN",
		Short:       "Forget users that were deleted at the provider",
		Annotations: cmdutil.Changes(cmdutil.Ledger),
		Long: `Remove users from the ledger that a run created and that have since been deleted
at the provider. A later import creates them again. Nothing changes at the
provider.

An import reports users in the ledger that the provider no longer has as gone.
--gone removes those that the run found.`,
		Example: `  usher runs forget last --line 17
  usher runs forget last --gone
  usher runs forget last --yes`,
		Args:              cmdutil.Args("RUN"),
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().IntSliceVar(&o.lines, "line", nil, "only the row on this line (repeatable, or comma-separated)")
	cmd.Flags().BoolVar(&o.gone, "gone", false, "only the rows that the run reported as gone")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "skip the confirmation prompt")
	return cmd
}

func forget(ctx context.Context, o *forgetOptions) error {
	if o.gone && len(o.lines) > 0 {
		return failure.Refuse(errors.New("--gone cannot be combined with --line"))
	}
	return withRun(ctx, o.app, o.run, func(book ledger.Store, run ledger.PastRun) error {
		if err := checkNamedTarget(o.app, run); err != nil {
			return err
		}
		var rows []int
		for _, line := range o.lines {
			row, err := rowOnLine(ctx, book, run, line)
			if err != nil {
				return err
			}
			rows = append(rows, row.Row)
		}
		if err := o.confirm(ctx, run); err != nil {
			return err
		}
		return withLock(ctx, book, run, func(lock ledger.Lock) error {
			forgotten, err := o.forgetRows(ctx, lock, run, rows)
			if err != nil {
				return failure.Refuse(err, "usher runs rows "+run.ID)
			}
			users := "users"
			if forgotten == 1 {
				users = "user"
			}
			o.app.Streams.Say("", fmt.Sprintf("Forgot %s %s of run %s.", progress.Number(forgotten), users, run.ID))
			return nil
		})
	})
}

func (o *forgetOptions) forgetRows(ctx context.Context, lock ledger.Lock, run ledger.PastRun, rows []int) (int, error) {
	if o.gone {
		return lock.ForgetGone(ctx, run)
	}
	return lock.Forget(ctx, run, rows...)
}

func (o *forgetOptions) confirm(ctx context.Context, run ledger.PastRun) error {
	if o.yes || o.gone || len(o.lines) > 0 {
		return nil
	}
	return confirm(ctx, o.app, question{
		text:    fmt.Sprintf("Forget all users of run %s? Continue only if they are deleted at %s.", run.ID, run.Target),
		unasked: "confirmation required: a user who still exists could be created twice",
		command: "usher runs forget " + run.ID, refused: "cancelled; nothing was forgotten",
	})
}
