package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
)

// verification is a comparison whose rows are being printed.
type verification struct {
	o       *verifyOptions
	c       *amend.Comparison
	reading *intake.Reading
	results *report.File // nil for none
	unasked error        // why the asking ended early; nil where it did not

	counts       amend.DiffCounts
	incomparable map[string]bool
}

// verifyDoc is usher.verify/v1.
type verifyDoc struct {
	Schema      string          `json:"schema"`
	Line        int             `json:"line"`
	Key         string          `json:"key"`
	Status      string          `json:"status"`
	ID          string          `json:"id"`
	Differences []differenceDoc `json:"differences"`
	Error       string          `json:"error"`
}

// differenceDoc is one field that differs; null stands for a field without a value.
type differenceDoc struct {
	Field string `json:"field"`
	Have  any    `json:"have"`
	Want  any    `json:"want"`
}

// report prints every row, writes the results, and says how it ended.
func (v *verification) report(ctx context.Context) error {
	if err := v.printRows(ctx); err != nil {
		if errors.Is(err, context.Canceled) {
			return failure.Fail(failure.StatusInterrupted, errors.New("interrupted: not all rows were printed"))
		}
		return err
	}
	if v.results != nil {
		if err := v.results.Commit(); err != nil {
			return err
		}
	}
	v.print()
	return v.resultError()
}

func (v *verification) printRows(ctx context.Context) (err error) {
	printer, err := v.o.app.Printer()
	if err != nil {
		return err
	}
	var results report.Sink
	if v.results != nil {
		if results, err = report.Results(v.results, v.o.results); err != nil {
			return err
		}
	}
	columns, row := verdictColumns(printer.ForPeople())
	out := printer.List(ctx, columns)
	defer func() { err = out.End(err) }()
	for verdict, err := range v.c.RowDiffs(ctx) {
		if err != nil {
			return err
		}
		v.count(verdict)
		if results != nil {
			if err := results.Add(lineOf(verdict)); err != nil {
				return err
			}
		}
		if !v.o.wants(verdict.State) {
			continue
		}
		doc := describe(verdict)
		if err := out.Add(row(doc, inWords(verdict)), doc, doc.ID); err != nil {
			return err
		}
	}
	if results == nil {
		return nil
	}
	return results.Close()
}

// verdictColumns gives the columns of a comparison. A table leaves the ids out:
// its room is for what differs.
func verdictColumns(table bool) ([]render.Column, func(verifyDoc, string) []string) {
	columns := []render.Column{{Name: "line"}, {Name: "key", Whole: true}, {Name: "status"}, {Name: "id"}, {Name: "differences"}}
	all := func(doc verifyDoc, differences string) []string {
		return []string{strconv.Itoa(doc.Line), doc.Key, doc.Status, doc.ID, differences}
	}
	if !table {
		return columns, all
	}
	const id = 3
	return slices.Delete(columns, id, id+1), func(doc verifyDoc, differences string) []string {
		return slices.Delete(all(doc, differences), id, id+1)
	}
}

func (o *verifyOptions) wants(status amend.DiffState) bool {
	if len(o.statuses) == 0 {
		return true
	}
	for _, wanted := range o.statuses {
		if wanted == string(status) {
			return true
		}
	}
	return false
}

func (v *verification) count(verdict amend.RowDiff) {
	v.counts.Add(verdict.State)
	v.incomparable = job.WithIncomparable(v.incomparable, v.o.selection.Adapter.Table, verdict.Record)
}

func describe(v amend.RowDiff) verifyDoc {
	doc := verifyDoc{
		Schema: "usher.verify/v1", Line: v.Line, Key: v.Key, Status: string(v.State), ID: v.UserID,
		Differences: []differenceDoc{}, Error: problemOf(v),
	}
	for _, d := range v.Differences {
		doc.Differences = append(doc.Differences, differenceDoc{Field: d.Field.Name, Have: d.Have, Want: d.Want})
	}
	return doc
}

// problemOf says what is wrong with a row that could not be compared.
func problemOf(v amend.RowDiff) string {
	if v.Problem != "" {
		return v.Problem
	}
	var texts []string
	for _, rowErr := range v.Errors {
		texts = append(texts, rowErr.FieldError.Error())
	}
	return strings.Join(texts, "; ")
}

// inWords says in which way a row is not the same.
func inWords(v amend.RowDiff) string {
	if v.State != amend.StateDiffers {
		return problemOf(v)
	}
	return job.DifferencesInWords(v.Differences)
}

// lineOf gives a row as the file of results has it.
func lineOf(v amend.RowDiff) report.Line {
	return report.Line{Line: v.Line, Status: string(v.State), ID: v.UserID, Key: v.Key, Error: inWords(v)}
}

// print says how many rows have which status, and what was not compared.
func (v *verification) print() {
	c, out := v.counts, v.o.app.Streams.Err
	var parts []string
	for _, part := range []struct {
		rows int
		word amend.DiffState
	}{{c.Same, amend.StateSame}, {c.Differs, amend.StateDiffers}, {c.Missing, amend.StateMissing}, {c.Invalid, amend.StateInvalid}, {c.Unchecked, amend.StateUnchecked}} {
		if part.rows > 0 {
			parts = append(parts, progress.Number(part.rows)+" "+string(part.word))
		}
	}
	fmt.Fprintf(out, "Compared %s with %s: %s.\n", progress.Count(c.Rows, "row"), v.o.selection.Profile.Name, strings.Join(parts, ", "))
	for _, field := range v.o.selection.Adapter.Table {
		if v.incomparable[field.Name] {
			fmt.Fprintf(out, "  %s cannot be read back and was not compared.\n", field.Name)
		}
	}
}

// resultError words how the comparison ended, nil where all rows are the same.
// Where several hold, 4 wins over 1, 1 over 2, 2 over 3.
func (v *verification) resultError() error {
	c := v.counts
	switch {
	case v.unasked != nil:
		return app.ProviderFailure(v.o.selection, v.unasked)
	case c.Unchecked > 0:
		return failure.Fail(failure.StatusFailed, fmt.Errorf("%s of %s could not be compared: the provider gave no answer", progress.Number(c.Unchecked), progress.Count(c.Rows, "row")),
			"run the same command again later")
	case c.Invalid > 0:
		return failure.Refuse(errors.New(job.ValidationErrors(v.reading, "these rows were not compared")), "mend the rows and run the same command again")
	case c.Differs+c.Missing > 0:
		return failure.Fail(failure.StatusPartial, fmt.Errorf("%s of %s are not as the roster says", progress.Number(c.Differs+c.Missing), progress.Count(c.Rows, "row")), v.nextSteps()...)
	default:
		return nil
	}
}

func (v *verification) nextSteps() []string {
	var next []string
	with := strings.Join(append([]string{shell.Quote(v.o.roster.File), "--profile=" + v.o.selection.Profile.Name}, v.o.roster.Flags()...), " ")
	if _, updates := v.o.selection.Adapter.Endpoint(provider.CapabilityUpdate); updates && v.counts.Differs > 0 {
		next = append(next, failure.Note("to change the users who differ"), "usher users update --roster "+with)
	}
	if v.counts.Missing > 0 {
		next = append(next, failure.Note("to create the users who are missing"), "usher users import "+with)
	}
	return next
}
