package runs

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/ledger"
)

// settleOptions are the dependencies, arguments and flags of `usher runs settle`.
type settleOptions struct {
	app     *app.App
	run     string
	id      string
	line    int
	row     int
	created bool
	absent  bool
}

func newSettle(a *app.App, run func(context.Context, *settleOptions) error) *cobra.Command {
	o := &settleOptions{app: a}
	cmd := &cobra.Command{
		Use:   "settle RUN --line N (--created [ID] | --absent)",
		Short: "Say what became of a row whose outcome is unknown",
		Long: `Say what became of a row whose outcome is unknown, after a look into the
provider's own console. A row that is settled as absent is sent again by the
next import; one that is settled as created counts as existing from then on.`,
		Example: `  usher runs rows last --state unknown
  usher runs settle last --line 17 --created 4711
  usher runs settle last --line 18 --absent`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 && o.created {
				return nil
			}
			return kit.Args("RUN")(cmd, args)
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
	flags.IntVar(&o.line, "line", 0, "line of the row in the roster")
	flags.IntVar(&o.row, "row", 0, "number of the row, where several stand on one line")
	flags.BoolVar(&o.created, "created", false, "the user exists; the provider's id may follow RUN")
	flags.BoolVar(&o.absent, "absent", false, "the user does not exist")
	return cmd
}

func settle(ctx context.Context, o *settleOptions) error {
	if o.created == o.absent {
		return app.Refuse(errors.New("give one of --created and --absent: what the provider's console shows"), "usher runs settle --help")
	}
	settlement := ledger.Settlement{State: ledger.Absent}
	if o.created {
		settlement = ledger.Settlement{State: ledger.Created, UserID: o.id}
	}
	return withRun(ctx, o.app, o.run, func(book *ledger.Ledger, run ledger.PastRun) error {
		row, err := rowAt(ctx, book, run, o.line, o.row)
		if err != nil {
			return err
		}
		settlement.Row = row.Row
		return withLock(ctx, book, run, func(lock *ledger.Lock) error {
			if err := book.Settle(ctx, lock, run, settlement); err != nil {
				return app.Refuse(err, "usher runs rows "+run.ID+" --state unknown")
			}
			fmt.Fprintf(o.app.Streams.Err, "Line %d of run %s is settled as %s.\n", row.Line, run.ID, settlement.State)
			return nil
		})
	})
}

// rowAt finds the row that --line or --row names.
func rowAt(ctx context.Context, book *ledger.Ledger, run ledger.PastRun, line, row int) (ledger.Row, error) {
	next := "usher runs rows " + run.ID
	if line == 0 && row == 0 {
		return ledger.Row{}, app.Refuse(errors.New("--line is missing"), next)
	}
	if row == 0 {
		rows, err := book.RowsAt(ctx, run, line)
		if err != nil {
			return ledger.Row{}, err
		}
		switch len(rows) {
		case 0:
			return ledger.Row{}, app.Refuse(fmt.Errorf("run %s has no row on line %d", run.ID, line), next)
		case 1:
			return rows[0], nil
		default:
			return ledger.Row{}, app.Refuse(fmt.Errorf("run %s has %d rows on line %d: name one with --row", run.ID, len(rows), line), next+" -o json")
		}
	}
	for found, err := range book.Rows(ctx, run) {
		if err != nil {
			return ledger.Row{}, err
		}
		if found.Row == row && (line == 0 || found.Line == line) {
			return found, nil
		}
	}
	return ledger.Row{}, app.Refuse(fmt.Errorf("run %s has no row %d", run.ID, row), next)
}
