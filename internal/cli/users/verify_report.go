package users

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/names"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
)

// verification is a comparison whose rows are being printed.
type verification struct {
	o         *verifyOptions
	c         *amend.Comparison
	extras    *amend.Extras // nil without a scope
	reading   *intake.Reading
	results   *report.File // nil for none
	unchecked error        // why the lookups ended early, nil if they did not
	names     *names.Resolver

	counts       amend.DiffCounts
	incomparable map[string]bool
}

// verifyDoc is usher.verify/v1.
type verifyDoc struct {
	Schema      string          `json:"schema"`
	Line        int             `json:"line"`
	Key         string          `json:"key"`
	State       string          `json:"state"`
	ID          string          `json:"id"`
	Differences []differenceDoc `json:"differences"`
	Error       string          `json:"error"`
}

// differenceDoc is one field that differs; null is a field without a value.
type differenceDoc struct {
	Field string `json:"field"`
	Have  any    `json:"have"`
	Want  any    `json:"want"`
}

// report prints every row and the summary, and writes the results.
func (v *verification) report(ctx context.Context) error {
	if err := v.printRows(ctx); err != nil {
		if errors.Is(err, context.Canceled) {
			return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; some rows were not printed"))
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
		if results, err = report.Results(v.results, v.o.results, report.Columns{}); err != nil {
			return err
		}
	}
	columns, row := verdictColumns(printer.ForPeople())
	var shown *names.Resolver // ids for programs
	if printer.ForPeople() {
		shown = v.names
	}
	out := printer.List(ctx, columns)
	defer func() { err = out.End(err) }()
	for verdict, err := range v.verdicts(ctx) {
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
		if err := out.Add(row(doc, inWords(verdict, shown)), doc, doc.ID); err != nil {
			return err
		}
	}
	if results == nil {
		return nil
	}
	return results.Close()
}

// verdicts yields the result of each row, and then the extra users.
func (v *verification) verdicts(ctx context.Context) iter.Seq2[amend.RowDiff, error] {
	if v.extras == nil {
		return v.c.RowDiffs(ctx)
	}
	return func(yield func(amend.RowDiff, error) bool) {
		for _, part := range []iter.Seq2[amend.RowDiff, error]{v.c.RowDiffs(ctx), v.extras.Diffs(ctx)} {
			for verdict, err := range part {
				if !yield(verdict, err) || err != nil {
					return
				}
			}
		}
	}
}

// verdictColumns returns the columns of a comparison. A table has no ids, to leave room for the differences.
func verdictColumns(table bool) ([]render.Column, func(verifyDoc, string) []string) {
	columns := []render.Column{{Name: "line"}, {Name: "key", Whole: true}, {Name: "state", Whole: true}, {Name: "id", Wrap: true}, {Name: "differences", Wrap: true}}
	all := func(doc verifyDoc, differences string) []string {
		return []string{strconv.Itoa(doc.Line), doc.Key, doc.State, doc.ID, differences}
	}
	if !table {
		return columns, all
	}
	const id = 3
	return slices.Delete(columns, id, id+1), func(doc verifyDoc, differences string) []string {
		return slices.Delete(all(doc, differences), id, id+1)
	}
}

func (o *verifyOptions) wants(state amend.DiffState) bool {
	if len(o.states) == 0 {
		return true
	}
	for _, wanted := range o.states {
		if wanted == string(state) {
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
		Schema: "usher.verify/v1", Line: v.Line, Key: v.Key, State: string(v.State), ID: v.UserID,
		Differences: []differenceDoc{}, Error: problemOf(v),
	}
	for _, d := range v.Differences {
		doc.Differences = append(doc.Differences, differenceDoc{Field: d.Field.Name, Have: d.Have, Want: d.Want})
	}
	return doc
}

// problemOf returns the problem of a row that could not be compared.
func problemOf(v amend.RowDiff) string {
	if v.Problem != nil {
		return v.Problem.Error()
	}
	var texts []string
	for _, rowErr := range v.Errors {
		texts = append(texts, rowErr.FieldError.Error())
	}
	return strings.Join(texts, "; ")
}

// inWords returns the differences of a row as text, with names instead of ids unless the resolver is nil.
func inWords(v amend.RowDiff, shown *names.Resolver) string {
	if v.State != amend.StateDiffers {
		return problemOf(v)
	}
	return job.DifferencesInWords(v.Differences, shown)
}

// lineOf returns a row for the results file.
func lineOf(v amend.RowDiff) report.Line {
	return report.Line{Line: v.Line, State: string(v.State), ID: v.UserID, Key: v.Key, Error: inWords(v, nil)}
}

// print prints how many rows have which state, and what was not compared.
func (v *verification) print() {
	c, streams := v.counts, v.o.app.Streams
	var parts []string
	for _, part := range []struct {
		rows int
		word amend.DiffState
	}{{c.Same, amend.StateSame}, {c.Differs, amend.StateDiffers}, {c.Missing, amend.StateMissing}, {c.NotFound, amend.StateNotFound}, {c.Invalid, amend.StateInvalid}, {c.Unchecked, amend.StateUnchecked}} {
		if part.rows > 0 {
			parts = append(parts, progress.Number(part.rows)+" "+string(part.word))
		}
	}
	streams.Say("", fmt.Sprintf("Compared %s with %s: %s.", progress.Count(c.Rows, "row"), v.o.selection.Profile.Name, strings.Join(parts, ", ")))
	if v.extras != nil {
		streams.Say("", fmt.Sprintf("%s in scope, %s not in the roster.", progress.Count(v.extras.Seen(), "user"), progress.Number(c.Extra)))
		if !v.c.ListIsComplete() {
			streams.Warn(fmt.Sprintf("the list of %s may be incomplete: users may be extra and not in it.", v.o.selection.Adapter.Vendor))
		}
	}
	for _, field := range v.o.selection.Adapter.Table {
		if v.incomparable[field.Name] {
			streams.Say("  ", field.Name+" is write-only: not compared.")
		}
	}
}

// resultError returns the result of the comparison as an error, nil if all rows are the same. Of several exit statuses
// the first of 4, 1, 2 and 3 applies.
func (v *verification) resultError() error {
	c := v.counts
	switch {
	case v.unchecked != nil:
		return app.ProviderFailure(v.o.selection, v.unchecked)
	case c.Unchecked > 0:
		return failure.Fail(failure.StatusFailed, fmt.Errorf("%s of %s not compared: no response from the provider", progress.Number(c.Unchecked), progress.Count(c.Rows, "row")),
			"run the same command again later")
	case c.Invalid > 0:
		return failure.Refuse(errors.New(job.ValidationErrors(v.reading, "these rows were not compared")), "fix the rows and run the command again")
	case c.Differs+c.Missing+c.NotFound > 0:
		return failure.Fail(failure.StatusPartial, fmt.Errorf("%s of %s differ or are missing", progress.Number(c.Differs+c.Missing+c.NotFound), progress.Count(c.Rows, "row")), v.nextSteps()...)
	case c.Extra > 0:
		return failure.Fail(failure.StatusPartial, fmt.Errorf("%s in scope not in the roster", progress.Count(c.Extra, "user")), v.nextSteps()...)
	default:
		return nil
	}
}

func (v *verification) nextSteps() []string {
	var next []string
	with := strings.Join(append([]string{shell.Quote(v.o.roster.File), "--profile=" + v.o.selection.Profile.Name}, v.o.roster.Flags()...), " ")
	if _, updates := v.o.selection.Adapter.Endpoint(provider.CapabilityUpdate); updates && v.counts.Differs > 0 {
		next = append(next, failure.Note("update the users who differ"), "usher users update --roster "+with)
	}
	if v.counts.Extra > 0 {
		scope := ""
		for _, one := range v.o.scope {
			scope += " --scope=" + shell.Quote(one)
		}
		next = append(next, failure.Note("to see what a sync would do about the extra users"), "usher users sync "+with+" --leavers delete"+scope+" --dry-run")
	}
	if v.counts.Missing > 0 {
		next = append(next, failure.Note("create the missing users"), "usher users import "+with)
	}
	return next
}
