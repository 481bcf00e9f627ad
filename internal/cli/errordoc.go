package cli

import (
	"context"
	"errors"
	"io"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// errorDoc is usher.error/v1: the document of a command that failed before it wrote a document.
type errorDoc struct {
	Schema     string   `json:"schema"`
	ExitStatus int      `json:"exit_status"`
	Class      string   `json:"class"`
	Error      string   `json:"error"`
	Next       []string `json:"next"`
	Notes      []string `json:"notes,omitempty"`

	ValidationErrors []report.ValidationError `json:"validation_errors,omitempty"`
}

// watched is standard output with a record of whether anything was written.
type watched struct {
	io.Writer
	written bool
}

// Write writes p.
func (w *watched) Write(p []byte) (int, error) {
	w.written = true
	return w.Writer.Write(p)
}

// printError writes a failure as a document if the arguments select documents and the command has not written one.
// It does not change the exit status: an error that cannot be written here is on standard error.
func printError(ctx context.Context, a *app.App, failed *failure.Error) {
	if out, ok := a.Streams.Out.(*watched); !ok || out.written {
		return
	}
	if _, broken := errors.AsType[*render.FilterError](failed.Err); broken {
		return // the filter would fail on this document too
	}
	format, err := render.ParseFormat(a.Ahead.Output)
	if err != nil {
		return
	}
	printer, err := render.New(a.Streams, format, a.Ahead.JQ)
	if err != nil || !printer.PrintsDocuments() {
		return
	}
	doc := errorDoc{
		Schema: "usher.error/v1", ExitStatus: failed.Status, Class: classOf(failed),
		Error: leak.Mask(term.Sanitize(failed.Error())), Next: []string{}, ValidationErrors: report.ValidationErrorsOf(failed.Err),
	}
	for _, next := range failed.Next {
		if note, ok := failure.CutNote(next); ok {
			doc.Notes = append(doc.Notes, term.SanitizeLine(note))
			continue
		}
		doc.Next = append(doc.Next, term.SanitizeLine(next))
	}
	_ = printer.Object(ctx, doc, nil, "")
}

// classOf returns the provider's class of a failure, or the class of the exit status of a failure that is not the
// provider's.
func classOf(failed *failure.Error) string {
	if cause, ok := errors.AsType[*provider.Error](failed.Err); ok {
		return cause.Class.String()
	}
	if failed.Class != "" {
		return failed.Class
	}
	switch failed.Status {
	case failure.StatusRefused:
		return "invalid"
	case failure.StatusInterrupted:
		return "interrupted"
	default:
		return "failed"
	}
}
