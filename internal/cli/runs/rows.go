package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/users"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/schema"
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
		Use:         "rows RUN",
		Short:       "List the rows of a run",
		Annotations: cmdutil.Changes(),
		Long: `List the rows of a run by line number. The ledger contains no personal data: the
key of the user on a line is read from the roster, as long as the file is
unchanged.

A row without an outcome is in progress during its run, and unknown afterwards:
the request may have taken effect. The next import to the same target settles
unknown rows first.`,
		Example: `  usher runs rows last --state failed
  usher runs rows last --state unknown -o json`,
		Args:              cmdutil.Args("RUN"),
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringSliceVar(&o.states, "state", nil, "only rows in this state (repeatable)")
	cmdutil.OneOf(cmd, "state", stateNames())
	return cmd
}

func stateNames() []string {
	var names []string
	for _, state := range rowstate.Shown() {
		names = append(names, string(state))
	}
	return names
}

// checkStates returns an error for a value of --state that is not a shown state.
func (o *rowsOptions) checkStates() error {
	for _, name := range o.states {
		if slices.Contains(stateNames(), name) {
			continue
		}
		var next []string
		near := schema.Suggestion(name, stateNames())
		if state := rowstate.State(name); slices.Contains(rowstate.Stored(), state) { // shown by an earlier version
			near = ""
			next = append(next, fmt.Sprintf("usher runs rows %s --state %s", o.run, state.Shown(false)))
		}
		return failure.Refuse(fmt.Errorf("--state %q: must be one of %s%s", name, strings.Join(stateNames(), ", "), near), next...)
	}
	return nil
}

// stored returns the states of the ledger that match --state, none for all.
func (o *rowsOptions) stored(live bool) []rowstate.State {
	var states []rowstate.State
	for _, name := range o.states {
		states = append(states, rowstate.State(name).Stored(live)...)
	}
	return states
}

// rowDoc is one row, for programs.
type rowDoc struct {
	Row      int        `json:"row"`
	Line     int        `json:"line"`
	Key      string     `json:"key,omitempty"`
	State    string     `json:"state"`
	ID       string     `json:"id"`
	Group    string     `json:"group,omitempty"`
	Class    string     `json:"class"`
	Error    string     `json:"error"`
	Attempts int        `json:"attempts"`
	Started  *time.Time `json:"started"`
	Ended    *time.Time `json:"ended"`
	// NotStored names the fields that the provider did not store as they were sent.
	NotStored []string `json:"not_stored,omitempty"`
}

func listRows(ctx context.Context, o *rowsOptions) error {
	if err := o.checkStates(); err != nil {
		return err
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	return withRun(ctx, o.app, o.run, func(book ledger.Store, run ledger.PastRun) (err error) {
		columns := []render.Column{{Name: "line"}, {Name: "state", Whole: true}, {Name: "id", Whole: true}, {Name: "class", Wrap: true}, {Name: "error", Wrap: true}}
		hasGroups := rowstate.CommandOf(run.Command).IsMembership()
		if hasGroups {
			columns = append(columns, render.Column{Name: "group", Wrap: true})
		}
		people := o.people(ctx, run)
		if people != nil {
			defer func() { err = errors.Join(err, people.Close()) }()
			columns = append(columns, render.Column{Name: "key", Whole: true})
		}
		arrange := func(row []string) []string { return row }
		if printer.ForPeople() && people != nil {
			columns, arrange = whoFirst(columns)
		}
		out := printer.ListOf(ctx, "rows", columns)
		defer func() { err = out.End(err) }()
		live := isLive(ctx, book, run)
		states := o.stored(live)
		if len(o.states) > 0 && len(states) == 0 {
			return nil // no row of this run is shown with these states
		}
		for row, err := range book.Rows(ctx, run, states...) {
			if err != nil {
				return err
			}
			doc := rowDoc{
				Row: row.Row, Line: row.Line, State: string(row.State.Shown(live)), ID: row.UserID, Group: row.Group, Class: row.Class, Error: row.Message,
				Attempts: row.Attempts, Started: given(row.Started), Ended: given(row.Ended), NotStored: row.NotStored,
			}
			cells := []string{strconv.Itoa(row.Line), cell(printer, doc.State), doc.ID, doc.Class, doc.Error}
			if hasGroups {
				cells = append(cells, doc.Group)
			}
			if people != nil {
				doc.Key = people.KeyOf(row)
				cells = append(cells, doc.Key)
			}
			if err := out.Add(arrange(cells), doc, doc.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// whoFirst returns the columns for people, with the key before the state, and the function that arranges a row likewise. The
// id is spare: whose row it is can be read from the key.
func whoFirst(columns []render.Column) ([]render.Column, func([]string) []string) {
	const line, state, id, class = 0, 1, 2, 3
	order := []int{line, len(columns) - 1, state}
	for i := class; i < len(columns)-1; i++ {
		order = append(order, i)
	}
	order = append(order, id)
	arranged := make([]render.Column, len(order))
	for i, from := range order {
		arranged[i] = columns[from]
	}
	arranged[len(order)-1].Spare = true
	return arranged, func(row []string) []string {
		cells := make([]string, len(order))
		for i, from := range order {
			cells[i] = row[from]
		}
		return cells
	}
}

// people opens the roster of the run. If it cannot be read as it was, the rows are shown without keys, and the reason on
// standard error.
func (o *rowsOptions) people(ctx context.Context, run ledger.PastRun) *job.People {
	from, err := users.RosterOf(run.Arguments)
	var selection *app.Selection
	if err == nil {
		selection, err = o.app.Select(job.ProfileOf(o.app, run))
	}
	var people *job.People
	if err == nil {
		people, err = job.PeopleOf(ctx, o.app, selection, from, run)
	}
	if err != nil && !errors.Is(err, job.ErrNoRoster) {
		o.app.Streams.Say("", fmt.Sprintf("The users are not shown: %s", err.Error()))
	}
	return people
}

// cell returns a state as a table shows it.
func cell(printer *render.Printer, state string) string {
	if !printer.ForPeople() {
		return state
	}
	return strings.ReplaceAll(state, "_", " ")
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
