package job

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/term"
)

// mostShownCauses is the maximum number of causes in a summary for people.
const mostShownCauses = 8

// summary returns the summary of a run for people: what was done and what was not, why with the first user of each cause,
// and then the details, each with its label. It has no zeros.
func (r *run) summary(printer *render.Printer, doc reportDoc, details [][2]string) (string, error) {
	style := r.App.Streams.OutStyle()
	var b strings.Builder
	parts := r.summaryParts(doc.Counts)
	for _, p := range parts {
		number := fmt.Sprintf("%9s", progress.Number(p.rows))
		if p.shade != nil {
			number = p.shade(style, number)
		}
		fmt.Fprintf(&b, "  %s  %s\n", number, p.text)
	}
	b.WriteString("\n")
	causes := []partCauses{{"users", doc.Causes, doc.people}}
	column := ""
	if doc.Memberships != nil && len(doc.Memberships.Causes) > 0 {
		column, causes = "part", append(causes, partCauses{"memberships", doc.Memberships.Causes, doc.Memberships.people})
	}
	table, err := causeTable(printer, column, causes...)
	if err != nil {
		return "", err
	}
	if table != "" {
		b.WriteString(table + "\n")
	}
	widest := 0
	for _, detail := range details {
		widest = max(widest, term.TextWidth(detail[0]))
	}
	for _, detail := range details {
		lead := fmt.Sprintf("%-*s  ", widest, detail[0])
		for _, line := range term.Hang(lead, term.SanitizeLine(detail[1]), printer.LineWidth()) {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String(), nil
}

// summaryParts returns the counts of a run that are not zero: first what was done, then what was not, then the users who
// were already as wanted, and at the end their sum.
func (r *run) summaryParts(counts report.Counts) []part {
	var parts []part
	add := func(rows int, text string, shade func(term.Style, string) string) {
		if rows > 0 {
			parts = append(parts, part{rows, text, shade})
		}
	}
	command, all, states := r.op.labels().command, 0, 0
	for _, group := range []struct {
		holds func(rowstate.State) bool
		shade func(term.Style, string) string
	}{
		{func(s rowstate.State) bool { return s.Kind() == rowstate.Good && s != command.Already }, term.Style.Green},
		{func(s rowstate.State) bool { return s.Kind() == rowstate.Bad }, term.Style.Red},
		{func(s rowstate.State) bool { return s.Kind() != rowstate.Good && s.Kind() != rowstate.Bad }, term.Style.Yellow},
		{func(s rowstate.State) bool { return s == command.Already }, nil},
	} {
		for _, count := range counts[1:] {
			if group.holds(rowstate.State(count.Name)) && count.Rows > 0 {
				add(count.Rows, count.Label(), group.shade)
				all += count.Rows
				states++
			}
		}
	}
	if states != 1 {
		parts = append(parts, part{all, "rows", nil})
	}
	add(r.resends, "resent", nil)
	add(r.duplicates, "duplicates", term.Style.Red)
	return parts
}

// partCauses are the causes in one part of an execution, most frequent first.
type partCauses struct {
	part   string
	causes []report.Cause
	people map[int]string // as in reportDoc
}

// causeTable returns the causes as a table with the first user of each, "" without causes. The column with the parts is
// omitted if it has no name.
func causeTable(printer *render.Printer, column string, parts ...partCauses) (string, error) {
	columns := []render.Column{{Name: "rows"}, {Name: "cause", Wrap: true}, {Name: "first", Wrap: true}}
	if column != "" {
		columns = append([]render.Column{{Name: column, Wrap: true}}, columns...)
	}
	var rows [][]string
	more := 0
	for _, part := range parts {
		for _, cause := range part.causes {
			if len(rows) == mostShownCauses {
				more++
				continue
			}
			text, first := cause.Message, "line "+strconv.Itoa(cause.Line)
			if cause.Class != "" {
				text = cause.Class + ": " + text
			}
			if key := part.people[cause.Line]; key != "" {
				first = key + " (" + first + ")"
			}
			cells := []string{part.part, progress.Number(cause.Rows), text, first}
			rows = append(rows, cells[len(cells)-len(columns):])
		}
	}
	if len(rows) == 0 {
		return "", nil
	}
	table, err := printer.Layout(columns, rows)
	if more > 0 {
		table += "and " + progress.Count(more, "more cause") + "\n"
	}
	return table, err
}

// peopleOf returns the natural keys of the users on the first lines of causes.
func peopleOf(ctx context.Context, lines iter.Seq2[intake.LedgerRow, error], causes []report.Cause) map[int]string {
	var wanted []int
	for _, cause := range causes[:min(len(causes), mostShownCauses)] {
		wanted = append(wanted, cause.Line)
	}
	people := map[int]string{}
	for line, err := range lines {
		if err != nil || ctx.Err() != nil || len(people) == len(wanted) {
			break // the summary is complete without them
		}
		if slices.Contains(wanted, line.Line.Line) {
			people[line.Line.Line] = line.Key
		}
	}
	return people
}
