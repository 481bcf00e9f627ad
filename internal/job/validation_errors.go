package job

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// refuseRoster reports every validation error of a roster, grouped for people and one by one for programs.
func (r *run) refuseRoster(ctx context.Context, faults iter.Seq2[roster.RowError, error], reading *intake.Reading) error {
	r.began, r.counts = time.Now(), rowstate.Counts{rowstate.Failed: reading.Invalid, rowstate.NotTried: reading.Rows - reading.Invalid}
	written := r.writeOutputs(ctx, r.refused(ctx, faults))
	next := []string{failure.Note("fix the rows and run the command again, or leave them out"), r.Command.Again("--skip-invalid")}
	if r.reader.forProgram() {
		if err := r.printRefused(ctx, faults, reading); err != nil {
			return err
		}
	} else {
		next = append(next, failure.Note("to list all validation errors"), r.Command.Again("-o json"))
	}
	return worse(failure.Refuse(errors.New(ValidationErrors(reading, "nothing was sent")), next...), written)
}

// refuseHeader reports to programs the errors in the header of a roster that cannot be opened, and returns the
// error.
func (r *run) refuseHeader(ctx context.Context, err error) error {
	rowErrs, ok := errors.AsType[roster.RowErrors](err)
	if !ok {
		return err
	}
	r.began, r.counts = time.Now(), rowstate.Counts{rowstate.Failed: len(rowErrs)} // in the files; no row was read
	written := r.writeOutputs(ctx, ofHeader(rowErrs))
	r.counts = rowstate.Counts{}
	if r.reader.forProgram() {
		if err := r.printRefused(ctx, each(rowErrs), &intake.Reading{}); err != nil {
			return err
		}
	}
	return worse(err, written)
}

// refused yields the rows of a roster that is not sent, because some have validation errors.
func (r *run) refused(ctx context.Context, faults iter.Seq2[roster.RowError, error]) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		following, stop := iter.Pull2(faults)
		defer stop()
		fault, err, more := following()
		for row, rowErr := range r.intake.Rows(ctx, ledger.Selection{}) {
			var errs roster.RowErrors
			for ; more && err == nil && fault.Row == row.Number; fault, err, more = following() {
				errs = append(errs, fault)
			}
			line := report.Line{Line: row.Line, Key: row.Record.Text(r.intake.Adapter.Key), State: string(rowstate.NotTried), Hint: "not sent, because other rows have validation errors"}
			if len(errs) > 0 {
				line.State, line.Class = string(rowstate.Failed), provider.Invalid.String()
				line.Error, line.Hint = intake.ErrorText(errs), "fix the row, and run the command again"
			}
			if err = cmp.Or(rowErr, err); !yield(intake.LedgerRow{Row: row.Number, Line: line}, err) || err != nil {
				return
			}
		}
	}
}

// ofHeader yields the errors of a header as rows.
func ofHeader(rowErrs roster.RowErrors) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		for _, rowErr := range rowErrs {
			line := report.Line{
				Line: rowErr.Line, State: string(rowstate.Failed), Class: provider.Invalid.String(), Error: rowErr.FieldError.Error(),
				Hint: "fix the header, and run the command again",
			}
			if !yield(intake.LedgerRow{Row: rowErr.Row, Line: line}, nil) {
				return
			}
		}
	}
}

// each yields the items of a list.
func each[L ~[]T, T any](list L) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, item := range list {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// printRefused prints the report of a run that did not begin: rows with validation errors have failed, and the
// others were not tried.
func (r *run) printRefused(ctx context.Context, faults iter.Seq2[roster.RowError, error], reading *intake.Reading) error {
	printer, err := r.App.Printer()
	if err != nil {
		return err
	}
	if !printer.PrintsDocuments() {
		return r.reader.printErrors(ctx, faults)
	}
	words := r.op.labels()
	doc := reportDoc{
		Schema: words.schema, Profile: r.Selection.Profile.Name, Provider: r.Selection.Adapter.Name, Target: r.Selection.Target, Source: r.source, Reading: r.reads,
		Counts: report.CountsOf(r.counts, words.command.Name), Causes: []report.Cause{}, ResultsFile: r.Results,
	}
	if r.intake == nil {
		doc.Source.File = r.reader.File
	} else {
		doc.FailedFile = r.Failed
	}
	for _, group := range reading.Groups {
		cause := report.Cause{Class: provider.Invalid.String(), Message: strings.TrimPrefix(group.Field+" "+string(group.Cause), " "), Rows: group.Errors}
		doc.Causes = append(doc.Causes, cause)
	}
	for rowErr, err := range faults {
		if err != nil {
			return err
		}
		doc.ValidationErrors = append(doc.ValidationErrors, report.ValidationErrorOf(rowErr))
	}
	if r.route != nil {
		all := r.route.document([]reportDoc{doc}, r.counts)
		all.FailedFile, all.ResultsFile = doc.FailedFile, doc.ResultsFile
		return printer.Object(ctx, all, nil, "")
	}
	return printer.Object(ctx, doc, nil, "")
}

// forProgram reports whether the output format is read by programs.
func (r *Reader) forProgram() bool { return r.app.Global.Output != "" || r.app.Global.JQ != "" }

// ValidationErrors returns the validation errors of a roster, grouped, and then the consequence.
func ValidationErrors(reading *intake.Reading, then string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s in %s of %s; %s", progress.Count(reading.Errors, "validation error"), progress.Number(reading.Invalid), progress.Count(reading.Rows, "row"), then)
	for _, group := range reading.Groups {
		of := string(group.Cause)
		if group.Field != "" {
			of = group.Field + ", " + of
		}
		fmt.Fprintf(&text, "\n  %s: %s", of, progress.Number(group.Errors))
		for _, rowErr := range group.First {
			text.WriteString("\n    " + rowErr.Error())
		}
		if more := group.Errors - len(group.First); more > 0 {
			fmt.Fprintf(&text, "\n    and %s more", progress.Number(more))
		}
	}
	return text.String()
}

// printErrors prints a list of validation errors.
func (r *Reader) printErrors(ctx context.Context, faults iter.Seq2[roster.RowError, error]) (err error) {
	printer, err := r.app.Printer()
	if err != nil {
		return err
	}
	out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "column"}, {Name: "field"}, {Name: "cause"}, {Name: "message"}, {Name: "hint"}})
	defer func() { err = out.End(err) }()
	for rowErr, err := range faults {
		if err != nil {
			return err
		}
		doc := report.ValidationErrorOf(rowErr)
		row := []string{strconv.Itoa(doc.Line), strconv.Itoa(doc.Column), doc.Field, doc.Cause, doc.Message, doc.Hint}
		if err := out.Add(row, doc, ""); err != nil {
			return err
		}
	}
	return nil
}
