package job

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// refuseRoster reports every validation error of a roster, grouped for people and one by one for programs.
func (r *run) refuseRoster(ctx context.Context, faults iter.Seq2[roster.RowError, error], reading *intake.Reading) error {
	if r.reader.annotates() {
		if err := r.reader.annotateErrors(faults); err != nil {
			return err
		}
	}
	next := []string{"fix the rows and run the command again, or add --skip-invalid"}
	if r.reader.forProgram() {
		if err := r.printRefused(ctx, faults, reading); err != nil {
			return err
		}
	} else {
		next = append(next, failure.Note("for all validation errors"), "add -o json")
	}
	return failure.Refuse(errors.New(ValidationErrors(reading, "nothing was sent")), next...)
}

// refuseHeader reports to programs the errors in the header of a roster that cannot be opened, and returns the
// error.
func (r *run) refuseHeader(ctx context.Context, err error) error {
	rowErrs, ok := errors.AsType[roster.RowErrors](err)
	if !ok || !r.reader.forProgram() {
		return err
	}
	if err := r.printRefused(ctx, each(rowErrs), &intake.Reading{}); err != nil {
		return err
	}
	return err
}

// each yields the validation errors of a list.
func each(rowErrs roster.RowErrors) iter.Seq2[roster.RowError, error] {
	return func(yield func(roster.RowError, error) bool) {
		for _, rowErr := range rowErrs {
			if !yield(rowErr, nil) {
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
		Counts: report.CountsOf(rowstate.Counts{rowstate.Failed: reading.Invalid, rowstate.NotTried: reading.Rows - reading.Invalid}, words.command.Name),
		Causes: []report.Cause{},
	}
	if r.intake == nil {
		doc.Source.File = r.reader.File
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
	return printer.Object(ctx, doc, nil, "")
}

// forProgram reports whether the output format is read by programs.
func (r *Reader) forProgram() bool { return r.app.Global.Output != "" || r.app.Global.JQ != "" }

// annotateErrors shows the validation errors in the file on GitHub.
func (r *Reader) annotateErrors(faults iter.Seq2[roster.RowError, error]) error {
	sink := report.Annotations(r.app.Streams.Err, r.File)
	for rowErr, err := range faults {
		if err != nil {
			return err
		}
		if err := sink.Add(report.Line{Line: rowErr.Line, State: string(rowstate.Failed), Error: rowErr.FieldError.Error()}); err != nil {
			return err
		}
	}
	return sink.Close()
}

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
