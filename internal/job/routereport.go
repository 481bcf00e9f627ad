package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// routeReportDoc is usher.route-report/v1.
type routeReportDoc struct {
	Schema string `json:"schema"`
	Route  string `json:"route"`
	// Run is the id of the first run of the execution; empty if nothing was sent.
	Run string `json:"run"`
	// Counts are the sums of the reports: each user counts once for each profile.
	Counts      report.Counts `json:"counts"`
	Reports     []reportDoc   `json:"reports"`
	FailedFile  string        `json:"failed_file"`
	ResultsFile string        `json:"results_file"`
	DurationMS  int64         `json:"duration_ms"`
}

// routePlanDoc is usher.route-plan/v1.
type routePlanDoc struct {
	Schema string `json:"schema"`
	Route  string `json:"route"`
	Plans  []any  `json:"plans"`
}

func (x *routeRun) document(reports []reportDoc, counts rowstate.Counts) routeReportDoc {
	return routeReportDoc{
		Schema: "usher.route-report/v1", Route: x.name, Run: x.first,
		Counts: report.CountsOf(counts, x.parts[0].op.labels().command.Name), Reports: reports,
	}
}

// printNothing prints the report of an execution without a part.
func (x *routeRun) printNothing(ctx context.Context) error {
	printer, err := x.App.Printer()
	if err != nil {
		return err
	}
	fmt.Fprintln(x.App.Streams.Err, "No user has expired.")
	if !printer.PrintsDocuments() {
		return nil
	}
	return printer.Object(ctx, routeReportDoc{
		Schema: "usher.route-report/v1", Counts: report.CountsOf(rowstate.Counts{}, rowstate.CommandUndo), Reports: []reportDoc{},
	}, nil, "")
}

// printPlans prints the plans of a dry run: for people one column for each profile.
func (x *routeRun) printPlans(ctx context.Context) (err error) {
	printer, err := x.App.Printer()
	if err != nil {
		return err
	}
	doc := routePlanDoc{Schema: "usher.route-plan/v1", Route: x.name}
	columns, labels, cells := []render.Column{{Name: "plan", Whole: true}}, []string(nil), map[string][]string{}
	for i, p := range x.parts {
		plan, fields := p.op.document(p.run)
		doc.Plans = append(doc.Plans, plan)
		columns = append(columns, render.Column{Name: p.Selection.Profile.Name, Wrap: true})
		for _, field := range fields {
			if cells[field[0]] == nil {
				labels, cells[field[0]] = append(labels, field[0]), make([]string, len(x.parts))
			}
			cells[field[0]][i] = field[1]
		}
	}
	fmt.Fprintln(x.App.Streams.Err, "Dry run: nothing was sent.")
	if printer.PrintsDocuments() {
		return printer.Object(ctx, doc, nil, "")
	}
	out := printer.List(ctx, columns)
	defer func() { err = out.End(err) }()
	for _, label := range labels {
		if err := out.Add(append([]string{label}, cells[label]...), nil, ""); err != nil {
			return err
		}
	}
	return nil
}

// report writes the files and prints the summary. An error does not prevent the following steps.
func (x *routeRun) report(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	counts, result := rowstate.Counts{}, x.resultError()
	var reports []reportDoc
	began := time.Now()
	for _, p := range x.parts {
		if p.entry == nil {
			p.counts = rowstate.Counts{rowstate.NotTried: p.rows}
			p.doc = reportDoc{
				Schema: p.op.labels().schema, Profile: p.Selection.Profile.Name, Provider: p.Selection.Adapter.Name, Target: p.Selection.Target, Source: p.source, Reading: p.reads, Undoes: p.undoOf,
				Counts: report.CountsOf(p.counts, p.op.labels().command.Name), Causes: []report.Cause{},
			}
		} else if p.began.Before(began) {
			began = p.began
		}
		reports = append(reports, p.doc)
		for state, rows := range p.counts {
			counts[state] += rows
		}
	}
	doc := x.document(reports, counts)
	doc.DurationMS = time.Since(began).Milliseconds()
	grid, err := x.writeOutputs(ctx, counts, began)
	if err == nil {
		doc.FailedFile, doc.ResultsFile = x.Failed, x.Results
	}
	result = worse(result, err)
	if err := x.print(ctx, doc, grid); result == nil {
		return err
	}
	return result
}

// toFlag returns the flag with the route in names of reports; empty without a route.
func (x *routeRun) toFlag() string {
	if x.name == "" {
		return ""
	}
	return " --to " + x.name
}

// hasGroups reports whether the rows of a part are memberships, which have other numbers than users.
func (x *routeRun) hasGroups() bool {
	return slices.ContainsFunc(x.parts, func(p *routePart) bool { return p.op.labels().command.IsMembership() })
}

// mostInGrid is the maximum number of users that a summary lists.
const mostInGrid = 20

// writeOutputs writes the result of each row and profile to the requested files. It returns the first rows.
func (x *routeRun) writeOutputs(ctx context.Context, counts rowstate.Counts, began time.Time) (first [][]intake.LedgerRow, err error) {
	var sinks []report.Sink
	add := func(made report.Sink, failed error) {
		sinks, err = append(sinks, made), errors.Join(err, failed)
	}
	if x.outputs.results != nil {
		add(report.Results(x.outputs.results, x.Results, report.Columns{Profile: true, Group: x.hasGroups()}))
	}
	if x.outputs.junit != nil {
		add(report.JUnit(x.outputs.junit, report.Suite{
			Name: x.parts[0].op.labels().line + " " + x.parts[0].subject() + x.toFlag(), Rows: counts.Rows(),
			Wrong: counts.Of(rowstate.Bad) + counts.Of(rowstate.InDoubt), NotTried: counts.Of(rowstate.Open), Began: began, Took: time.Since(began),
		}))
	}
	var failed *roster.FailedWriter
	if x.outputs.failed != nil {
		var opening error
		failed, opening = roster.NewFailedWriter(ctx, x.outputs.failed, x.parts[0].intake.Roster, x.failedFormat())
		err = errors.Join(err, opening)
	}
	if err != nil {
		return nil, err
	}
	for lines, err := range x.results(ctx) {
		if err == nil {
			err = x.addRow(lines, sinks, failed)
		}
		if err != nil {
			return first, err
		}
		if len(first) <= mostInGrid {
			first = append(first, lines)
		}
	}
	for _, sink := range sinks {
		err = errors.Join(err, sink.Close())
	}
	if failed != nil {
		err = errors.Join(err, failed.Close())
	}
	for _, file := range x.outputs.files() {
		if err == nil {
			err = file.Commit()
		}
	}
	return first, err
}

// addRow writes the results of one row in every part.
func (x *routeRun) addRow(lines []intake.LedgerRow, sinks []report.Sink, failed *roster.FailedWriter) error {
	var row int
	var texts, hints []string
	for i, line := range lines {
		if line.Row == 0 {
			continue
		}
		row, line.Profile = line.Row, x.parts[i].Selection.Profile.Name
		for _, sink := range sinks {
			if err := sink.Add(line.Line); err != nil {
				return err
			}
		}
		if state := rowstate.State(line.State); state.Kind() != rowstate.Good {
			texts = append(texts, line.Profile+": "+cmp.Or(line.Error, state.Label()))
			hints = append(hints, line.Profile+": "+line.Hint)
		}
	}
	if failed == nil || len(texts) == 0 {
		return nil
	}
	return failed.Write(row, strings.Join(texts, "; "), strings.Join(hints, "; "))
}

// print prints the summary: for programs the document, and for people the states of each user by profile, or if there are
// many users the counts of each profile.
func (x *routeRun) print(ctx context.Context, doc routeReportDoc, grid [][]intake.LedgerRow) error {
	printer, err := x.App.Printer()
	if err != nil {
		return err
	}
	if printer.PrintsDocuments() {
		return printer.Object(ctx, doc, nil, doc.Run)
	}
	var causes []partCauses
	for _, one := range doc.Reports {
		causes = append(causes, partCauses{one.Profile, one.Causes, one.people})
		for _, cause := range one.Causes {
			if !printer.ForPeople() {
				x.App.Streams.Say("", fmt.Sprintf("%s: %s", one.Profile, cause.String()))
			}
		}
	}
	if printer.ForPeople() && len(grid) <= mostInGrid && !x.hasGroups() {
		err = x.printGrid(ctx, printer, grid)
	} else {
		err = x.printCounts(ctx, printer, doc)
	}
	table, failed := causeTable(printer, "profile", causes...)
	if err = cmp.Or(err, failed); err != nil || table == "" || !printer.ForPeople() {
		return err
	}
	return printer.Composed(ctx, "\n"+table, nil, nil, "")
}

func (x *routeRun) printGrid(ctx context.Context, printer *render.Printer, grid [][]intake.LedgerRow) (err error) {
	columns := []render.Column{{Name: "line", Whole: true}, {Name: "user", Wrap: true}}
	for _, p := range x.parts {
		columns = append(columns, render.Column{Name: p.Selection.Profile.Name, Wrap: true})
	}
	out := printer.List(ctx, columns)
	defer func() { err = out.End(err) }()
	for _, lines := range grid {
		cells := make([]string, 2, len(columns))
		for _, line := range lines {
			if line.Row > 0 {
				cells[0], cells[1] = strconv.Itoa(line.Line.Line), cmp.Or(cells[1], line.Key)
			}
			cells = append(cells, rowstate.State(line.State).Label())
		}
		if err := out.Add(cells, nil, ""); err != nil {
			return err
		}
	}
	return nil
}

// printCounts prints the counts of each profile, for people without the columns that are zero.
func (x *routeRun) printCounts(ctx context.Context, printer *render.Printer, doc routeReportDoc) (err error) {
	columns := []render.Column{{Name: "profile", Wrap: true}, {Name: "run", Whole: true}}
	var shown report.Counts
	for _, count := range doc.Counts {
		if count.Rows > 0 || !printer.ForPeople() {
			shown, columns = append(shown, count), append(columns, render.Column{Name: count.Name, Wrap: true})
		}
	}
	out := printer.List(ctx, columns)
	defer func() { err = out.End(err) }()
	for _, one := range doc.Reports {
		cells := []string{one.Profile, one.Run}
		for _, count := range shown {
			i := slices.IndexFunc(one.Counts, func(c rowstate.Count) bool { return c.Name == count.Name })
			rows := 0
			if i >= 0 {
				rows = one.Counts[i].Rows
			}
			cells = append(cells, strconv.Itoa(rows))
		}
		if err := out.Add(cells, nil, one.Run); err != nil {
			return err
		}
	}
	return nil
}

// ranked returns the exit statuses of runs, those that take precedence last.
func ranked() []int {
	return []int{failure.StatusOK, failure.StatusPartial, failure.StatusFailed, failure.StatusDenied, failure.StatusUnknown, failure.StatusInterrupted}
}

// resultError returns the errors of the parts as one, with the status that takes precedence; nil if every row is done.
func (x *routeRun) resultError() error {
	status := failure.StatusOK
	var texts, next []string
	note := func(p *routePart, own int, text string, steps ...string) {
		texts = append(texts, p.Selection.Profile.Name+": "+text)
		if !slices.Contains(ranked(), own) {
			own = failure.StatusFailed
		}
		if slices.Index(ranked(), own) > slices.Index(ranked(), status) {
			status = own
		}
		for _, step := range steps {
			if !slices.Contains(next, step) {
				next = append(next, step)
			}
		}
	}
	resume := "usher runs resume " + x.first
	for _, p := range x.parts {
		switch {
		case p.result != nil:
			note(p, failure.StatusOf(p.result), p.result.Error(), failure.StepsOf(p.result)...)
		case p.entry != nil:
		case x.interrupted:
			note(p, failure.StatusInterrupted, "interrupted: "+progress.Count(p.rows, "row")+" not tried", resume)
		default:
			note(p, failure.StatusPartial, progress.Count(p.rows, "row")+" not tried", resume)
		}
	}
	if status == failure.StatusOK {
		return nil
	}
	return failure.Fail(status, errors.New(strings.Join(texts, "\n")), next...)
}
