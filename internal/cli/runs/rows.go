package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/render"
)

// rowsOptions are the dependencies, arguments and flags of `usher runs rows`.
type rowsOptions struct {
	app    *app.App
	run    string
	states []string
}

func newRows(a *app.App, run func(context.Context, *rowsOptions) error) *cobra.Command {
	o := &rowsOptions{app: a}
	cmd := &cobra.Command{
		Use:   "rows RUN",
		Short: "List the rows of a run",
		Long: `List the rows of a run by their lines in the roster. The ledger holds no
personal data: the roster says who stands on a line.

A row in the state sent was sent by a run that broke off before the answer came:
the next import into the same target settles it first. The rows of an update are
updated, unchanged, failed or uncertain (whether the change was made cannot be
told), or changing where the run broke off.`,
		Example: `  usher runs rows last --state failed
  usher runs rows last -o json`,
		Args:              kit.Args("RUN"),
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringSliceVar(&o.states, "state", nil, "only rows in this state, repeatable")
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(stateNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func stateNames() []string {
	var names []string
	for _, state := range ledger.States() {
		names = append(names, string(state))
	}
	return names
}

// rowDoc is one row, for programs.
type rowDoc struct {
	Row      int        `json:"row"`
	Line     int        `json:"line"`
	State    string     `json:"state"`
	ID       string     `json:"id"`
	Class    string     `json:"class"`
	Error    string     `json:"error"`
	Attempts int        `json:"attempts"`
	Started  *time.Time `json:"started"`
	Ended    *time.Time `json:"ended"`
}

func listRows(ctx context.Context, o *rowsOptions) error {
	var states []ledger.State
	for _, name := range o.states {
		if !slices.Contains(stateNames(), name) {
			return app.Refuse(fmt.Errorf("--state %q is none of %v%s", name, stateNames(), kit.DidYouMean(name, stateNames())))
		}
		states = append(states, ledger.State(name))
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	return withRun(ctx, o.app, o.run, func(book *ledger.Ledger, run ledger.PastRun) (err error) {
		out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "state"}, {Name: "id", Whole: true}, {Name: "class"}, {Name: "error"}})
		defer func() { err = errors.Join(err, out.Close()) }()
		for row, err := range book.Rows(ctx, run, states...) {
			if err != nil {
				return err
			}
			doc := rowDoc{
				Row: row.Row, Line: row.Line, State: string(row.State), ID: row.UserID, Class: row.Class, Error: row.Message,
				Attempts: row.Attempts, Started: given(row.Started), Ended: given(row.Ended),
			}
			if err := out.Add([]string{strconv.Itoa(row.Line), doc.State, doc.ID, doc.Class, doc.Error}, doc, doc.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
