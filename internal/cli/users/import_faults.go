package users

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
)

// refuseRoster reports every fault: grouped for people, each one for programs.
func (o *rosterOptions) refuseRoster(ctx context.Context, faults iter.Seq2[roster.Fault, error], reading *intake.Reading) error {
	if o.annotates() {
		if err := o.annotateFaults(faults); err != nil {
			return err
		}
	}
	next := []string{"mend the rows and run the same command again, or add --skip-invalid to send the others"}
	if o.forProgram() {
		if err := o.printFaults(ctx, faults); err != nil {
			return err
		}
	} else {
		next = append(next, "every fault, for a program: add -o json")
	}
	return app.Refuse(errors.New(faultText(reading, "nothing was sent")), next...)
}

// refuseHeader is the failure of a roster that cannot be opened. What is wrong
// with its header is reported to programs as the faults of rows are.
func (o *rosterOptions) refuseHeader(ctx context.Context, err error) error {
	faults, ok := errors.AsType[roster.Faults](err)
	if !ok || !o.forProgram() {
		return notRead(err)
	}
	if err := o.printFaults(ctx, func(yield func(roster.Fault, error) bool) {
		for _, fault := range faults {
			if !yield(fault, nil) {
				return
			}
		}
	}); err != nil {
		return err
	}
	return notRead(err)
}

// forProgram tells whether the results are read by a program.
func (o *rosterOptions) forProgram() bool { return o.app.Global.Output != "" || o.app.Global.JQ != "" }

// annotateFaults has GitHub show the faults in the file.
func (o *rosterOptions) annotateFaults(faults iter.Seq2[roster.Fault, error]) error {
	sink := report.Annotations(o.app.Streams.Err, o.file)
	for fault, err := range faults {
		if err != nil {
			return err
		}
		if err := sink.Add(report.Line{Line: fault.Line, Status: string(bulk.Failed), Error: fault.Fault.Error()}); err != nil {
			return err
		}
	}
	return sink.Close()
}

// faultText groups the faults of a roster; then says what became of the rows.
func faultText(reading *intake.Reading, then string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s in %s of %s; %s", count(reading.Faults, "fault"), grouped(reading.Faulty), count(reading.Rows, "row"), then)
	for _, group := range reading.Groups {
		of := string(group.Cause)
		if group.Field != "" {
			of = group.Field + ", " + of
		}
		fmt.Fprintf(&text, "\n  %s: %s", of, grouped(group.Faults))
		for _, fault := range group.First {
			text.WriteString("\n    " + fault.Error())
		}
		if more := group.Faults - len(group.First); more > 0 {
			fmt.Fprintf(&text, "\n    and %s more", grouped(more))
		}
	}
	return text.String()
}

// faultDoc is one fault, for programs.
type faultDoc struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Cell    string `json:"cell,omitempty"`
	Header  string `json:"header"`
	Field   string `json:"field"`
	Cause   string `json:"cause"`
	Value   string `json:"value"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func (o *rosterOptions) printFaults(ctx context.Context, faults iter.Seq2[roster.Fault, error]) (err error) {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "column"}, {Name: "field"}, {Name: "cause"}, {Name: "message"}, {Name: "hint"}})
	defer func() { err = errors.Join(err, out.Close()) }()
	for fault, err := range faults {
		if err != nil {
			return err
		}
		doc := faultDoc{
			File: fault.File, Line: fault.Line, Column: fault.Column, Cell: fault.Cell(), Header: fault.Header,
			Field: fault.Field, Cause: string(fault.Cause), Value: fault.Value, Message: fault.Message, Hint: fault.Hint,
		}
		row := []string{strconv.Itoa(doc.Line), strconv.Itoa(doc.Column), doc.Field, doc.Cause, doc.Message, doc.Hint}
		if err := out.Add(row, doc, strconv.Itoa(doc.Line)); err != nil {
			return err
		}
	}
	return nil
}
