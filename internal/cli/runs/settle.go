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
	"github.com/bring-aboard/usher/internal/rowstate"
)

// settleOptions are the dependencies, arguments and flags of `usher runs settle`.
type settleOptions struct {
	app     *app.App
	run     string
	id      string
	lines   []int
	row     int
	created bool
	absent  bool
}

func newSettle(a *app.App, run func(context.Context, *settleOptions) error) *cobra.Command {
	o := &settleOptions{app: a}
	cmd := &cobra.Command{
		Use:         "settle RUN --line N (--created [ID] | --absent)",
		Short:       "Settle rows with an unknown outcome",
		Annotations: cmdutil.Changes(cmdutil.Ledger),
		Long: `Record whether the users of rows with an unknown outcome exist, after checking
the provider's console. The next import sends a row settled as absent and treats
a row settled as created as existing.`,
		Example: `  usher runs rows last --state unknown
  usher runs settle last --line 17 --created 4711
  usher runs settle last --line 18,21,40 --absent`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && o.created {
				return nil
			}
			return cmdutil.Args("RUN")(cmd, args)
		},
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			if len(args) == 2 {
				o.id = args[1]
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&o.lines, "line", nil, "line of the row in the roster (repeatable, or comma-separated)")
	flags.IntVar(&o.row, "row", 0, "number of the row, if a line has several")
	flags.BoolVar(&o.created, "created", false, "the user exists; the provider's id can follow RUN")
	flags.BoolVar(&o.absent, "absent", false, "the user does not exist")
	return cmd
}

func settle(ctx context.Context, o *settleOptions) error {
	switch {
	case o.created == o.absent:
		return failure.Refuse(errors.New("specify --created or --absent"), "usher runs settle --help")
	case o.id != "" && len(o.lines) > 1:
		return failure.Refuse(fmt.Errorf("id %q: cannot apply to %d rows; settle one row at a time or omit the id", o.id, len(o.lines)))
	}
	settlement := ledger.Settlement{State: rowstate.NotCreated}
	if o.created {
		settlement = ledger.Settlement{State: rowstate.Created, UserID: o.id}
	}
	return withRun(ctx, o.app, o.run, func(book ledger.Store, run ledger.PastRun) error {
		if err := checkNamedTarget(o.app, run); err != nil {
			return err
		}
		rows, err := rowsAt(ctx, book, run, o.lines, o.row)
		if err != nil {
			return err
		}
		return withLock(ctx, book, run, func(lock ledger.Lock) error {
			for _, row := range rows {
				settlement.Row = row.Row
				if err := lock.Settle(ctx, run, settlement); err != nil {
					return failure.Refuse(fmt.Errorf("line %d: %w", row.Line, err), "usher runs rows "+run.ID+" --state unknown")
				}
				o.app.Streams.Say("", fmt.Sprintf("Settled line %d of run %s as %s.", row.Line, run.ID, settlement.State.Label()))
			}
			return nil
		})
	})
}
