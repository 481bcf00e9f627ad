package runs

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
)

// showOptions are the dependencies and arguments of `usher runs show`.
type showOptions struct {
	app *app.App
	run string
}

func newShow(a *app.App, run func(context.Context, *showOptions) error) *cobra.Command {
	o := &showOptions{app: a}
	return &cobra.Command{
		Use:               "show RUN",
		Short:             "Show the counts of a run and the causes of failures",
		Annotations:       cmdutil.Changes(),
		Example:           "  usher runs show last",
		Args:              cmdutil.Args("RUN"),
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
}

// mostCauses is the maximum number of shown causes.
const mostCauses = 20

func show(ctx context.Context, o *showOptions) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	return withRun(ctx, o.app, o.run, func(book ledger.Store, run ledger.PastRun) error {
		doc, err := describe(ctx, book, run)
		if err != nil {
			return err
		}
		causes, err := book.Causes(ctx, run, mostCauses)
		if err != nil {
			return err
		}
		for _, cause := range causes {
			doc.Causes = append(doc.Causes, report.Cause(cause))
		}
		if doc.SharedIDs, err = book.SharedIDs(ctx, run); err != nil {
			return err
		}
		fields, err := book.NotStored(ctx, run)
		if err != nil {
			return err
		}
		for _, field := range fields {
			doc.NotStored = append(doc.NotStored, notStored(field))
		}
		rows := [][2]string{
			{"run", run.ID}, {"command", run.Command}, {"profile", run.Profile}, {"target", run.Target}, {"state", stateOf(run, doc)},
			{"started", run.Started.Local().Format("2006-01-02 15:04:05")},
		}
		if doc.Who != "" {
			rows = append(rows, [2]string{"who", doc.Who})
		}
		if doc.PartOf != "" {
			rows = append(rows, [2]string{"part of", doc.PartOf})
		}
		if doc.Source != nil {
			rows = append(rows, [2]string{"roster", doc.Source.File})
		}
		for _, count := range doc.Counts {
			rows = append(rows, [2]string{count.Label(), strconv.Itoa(count.Rows)})
		}
		if doc.forgotten > 0 {
			rows = append(rows, [2]string{"forgotten", progress.Number(doc.forgotten) + ", counted as failed"})
		}
		if doc.SharedIDs > 0 {
			rows = append(rows, [2]string{"shared ids", strconv.Itoa(doc.SharedIDs)})
		}
		for _, field := range doc.NotStored {
			rows = append(rows, [2]string{"not stored", fmt.Sprintf("%s, rows %s", field.Field, progress.Number(field.Rows))})
		}
		for _, cause := range doc.Causes {
			rows = append(rows, [2]string{"cause", cause.String()})
		}
		if doc.BeforeFile != "" {
			rows = append(rows, [2]string{"before", doc.BeforeFile})
		}
		return printer.Object(ctx, doc, printer.WithoutZeros(rows), run.ID)
	})
}
