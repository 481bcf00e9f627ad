package users

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
)

// refuseRoster reports every fault: grouped for people, each one for programs.
func (o *importOptions) refuseRoster(ctx context.Context, i *intake.Import, reading *intake.Reading) error {
	if o.annotates() {
		if err := o.annotateFaults(ctx, i); err != nil {
			return err
		}
	}
	next := []string{"mend the rows and run the same command again, or add --skip-invalid to send the others"}
	if o.app.Global.Output != "" || o.app.Global.JQ != "" {
		if err := o.printFaults(ctx, i); err != nil {
			return err
		}
	} else {
		next = append(next, "every fault, for a program: add -o json")
	}
	return app.Refuse(errors.New(faultText(reading)), next...)
}

// annotateFaults has GitHub show the faults in the file.
func (o *importOptions) annotateFaults(ctx context.Context, i *intake.Import) error {
	sink := report.Annotations(o.app.Streams.Err, o.file)
	for fault, err := range i.Faults(ctx) {
		if err != nil {
			return err
		}
		if err := sink.Add(report.Line{Line: fault.Line, Status: string(bulk.Failed), Error: fault.Fault.Error()}); err != nil {
			return err
		}
	}
	return sink.Close()
}

func faultText(reading *intake.Reading) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s in %s of %s; nothing was sent", count(reading.Faults, "fault"), grouped(reading.Faulty), count(reading.Rows, "row"))
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

func (o *importOptions) printFaults(ctx context.Context, i *intake.Import) (err error) {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	out := printer.List(ctx, []render.Column{{Name: "line"}, {Name: "column"}, {Name: "field"}, {Name: "cause"}, {Name: "message"}, {Name: "hint"}})
	defer func() { err = errors.Join(err, out.Close()) }()
	for fault, err := range i.Faults(ctx) {
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
