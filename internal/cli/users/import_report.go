package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
)

// importDoc is usher.import/v1, and with other counts usher.update/v1,
// usher.delete/v1, usher.deactivate/v1 and usher.undo/v1.
type importDoc struct {
	Schema      string         `json:"schema"`
	Run         string         `json:"run"`
	Profile     string         `json:"profile"`
	Provider    string         `json:"provider"`
	Target      string         `json:"target"`
	Source      report.Source  `json:"source"`
	Undoes      string         `json:"undoes,omitempty"`
	Counts      any            `json:"counts"`
	Causes      []report.Cause `json:"causes"`
	FailedFile  string         `json:"failed_file"`
	ResultsFile string         `json:"results_file"`
	BeforeFile  *string        `json:"before_file,omitempty"`
	DurationMS  int64          `json:"duration_ms"`
}

func sourceOf(description roster.Description) report.Source {
	return report.Source{
		File: description.File, SHA256: description.SHA256, Format: string(description.Format), Encoding: description.Encoding,
	}
}

// source is the roster as the ledger remembers it, by its full path.
func (o *importOptions) source(description roster.Description) ledger.Source {
	return ledger.Source{File: o.fullPath, SHA256: description.SHA256, Format: string(description.Format), Encoding: description.Encoding}
}

// mostCauses is how many causes a summary names.
const mostCauses = 100

// conclude writes the files, ends the run in the ledger, and prints the
// summary. What fails on the way keeps none of the rest back.
func (s *sending) conclude(ctx context.Context) error {
	result := s.verdict()
	doc := importDoc{
		Schema: s.o.task().schema, Run: s.run.ID(), Profile: s.o.selection.Profile.Name, Provider: s.o.selection.Adapter.Name, Target: s.o.selection.Target,
		Source: s.source, Undoes: s.undoes, Counts: report.CountsOf(s.counts, s.o.command()), Causes: []report.Cause{}, DurationMS: time.Since(s.began).Milliseconds(),
	}
	if s.o.update {
		path, err := s.closeBefore()
		doc.BeforeFile, result = &path, worse(result, err)
	}
	past, err := s.remembered(ctx)
	if err == nil {
		doc.Causes, err = s.causes(ctx, past)
	}
	result = worse(result, err)
	if err == nil {
		result = worse(result, s.passwords.settle(ctx, s.o, s.i, s.book, past))
		err := s.outputs.write(ctx, s, past)
		if err == nil {
			doc.FailedFile, doc.ResultsFile = s.o.failed, s.o.results
		}
		result = worse(result, err, "usher runs rows "+s.run.ID()+" has what became of each row")
	}
	result = worse(result, s.run.Finish(ctx, ledger.Summary{
		Counts: s.counts, ExitStatus: app.StatusOf(result), FailedFile: doc.FailedFile, ResultsFile: doc.ResultsFile,
	}))
	if err := s.print(ctx, doc); result == nil {
		return err
	}
	return result // it says more than a summary that nobody reads any more
}

// remembered gives the run from the ledger, when all of it is durable.
func (s *sending) remembered(ctx context.Context) (ledger.PastRun, error) {
	if err := s.run.Flush(ctx); err != nil {
		return ledger.PastRun{}, err
	}
	return s.book.Run(ctx, s.run.ID())
}

func (s *sending) causes(ctx context.Context, past ledger.PastRun) ([]report.Cause, error) {
	docs := []report.Cause{}
	causes, err := s.book.Causes(ctx, past, mostCauses)
	for _, cause := range causes {
		docs = append(docs, report.Cause(cause))
	}
	return docs, err
}

// worse joins a further failure to a result, which keeps its exit status where
// it has one.
func worse(result, err error, next ...string) error {
	if err == nil {
		return result
	}
	if result == nil {
		return app.Fail(app.StatusFailed, err, next...)
	}
	if failure, ok := errors.AsType[*app.Failure](result); ok {
		next = append(failure.Next, next...)
	}
	return app.Fail(app.StatusOf(result), errors.Join(result, err), next...)
}

func (s *sending) print(ctx context.Context, doc importDoc) error {
	printer, err := s.o.app.Printer()
	if err != nil {
		return err
	}
	c := s.counts
	rows := [][2]string{{"run", doc.Run}}
	if doc.Undoes != "" {
		rows = append(rows, [2]string{"undoes", doc.Undoes})
	}
	for _, count := range report.Named(c, s.o.command()) {
		rows = append(rows, [2]string{count.Name, strconv.Itoa(count.Rows)})
	}
	for _, cause := range doc.Causes {
		rows = append(rows, [2]string{"cause", cause.String()})
	}
	if doc.FailedFile != "" && c.Failed+c.Unknown+c.NotTried > 0 {
		rows = append(rows, [2]string{"failed rows", doc.FailedFile})
	}
	if doc.ResultsFile != "" {
		rows = append(rows, [2]string{"results", doc.ResultsFile})
	}
	if doc.BeforeFile != nil && *doc.BeforeFile != "" {
		rows = append(rows, [2]string{"before", *doc.BeforeFile})
	}
	rows = append(rows, [2]string{"took", progress.Span(time.Duration(doc.DurationMS) * time.Millisecond)})
	return printer.Object(ctx, doc, rows, doc.Run)
}

// verdict words how an import ended, nil where all of it worked.
func (s *sending) verdict() error {
	status := s.status()
	if status == app.StatusOK {
		return nil
	}
	text := s.shortfall()
	switch {
	case s.isInterrupted():
		text = "interrupted: " + text
	case s.stopped != nil:
		text = fmt.Sprintf("the %s stopped: %v\n%s", s.o.task().noun, s.stopped, text)
	}
	return app.Fail(status, errors.New(text), s.nextSteps(status)...)
}

// shortfall says how many rows are not done, by what became of them.
func (s *sending) shortfall() string {
	rows := count(s.counts.Rows, "row")
	var parts []string
	for _, part := range []struct {
		rows      int
		one, many string
	}{
		{s.counts.Failed, "failed", "failed"}, {s.counts.Unknown, "is unknown", "are unknown"}, {s.counts.NotTried, "was not tried", "were not tried"},
	} {
		if part.rows == 0 {
			continue
		}
		number, verb := grouped(part.rows), part.many
		if part.rows == 1 {
			verb = part.one
		}
		if len(parts) == 0 {
			number += " of " + rows
		}
		parts = append(parts, number+" "+verb)
	}
	if len(parts) == 0 {
		return "all of " + rows + " are done"
	}
	return strings.Join(parts, ", ")
}

// nextSteps says what an administrator does about it.
func (s *sending) nextSteps(status int) []string {
	var next []string
	if status == app.StatusDenied {
		next = append(next, cmp.Or(kit.LoginStep(s.o.selection), "usher profiles check "+s.o.selection.Profile.Name))
	}
	if s.leftOut > 0 {
		next = append(next, "usher runs undo "+s.undoes+" --changed: it deletes also the users who were changed since they were made")
	}
	if s.counts.NotTried > s.leftOut || s.counts.Unknown > 0 && (s.o.finds() || s.o.task().repeatable) {
		next = append(next, s.resumeStep())
	}
	if s.counts.Failed > 0 && status != app.StatusDenied { // there it is not for the rows' own sake
		next = append(next, "usher runs rows "+s.run.ID()+" --state failed")
		switch task := s.o.task(); {
		case s.i == nil: // there is no roster whose rows could be had back
		case s.o.failed == "":
			next = append(next, "to get the rows back in a file that can be mended and "+task.passive+", add --failed FILE")
		default:
			next = append(next, "mend the rows in "+s.o.failed+" and "+task.again)
		}
	}
	if s.counts.Unknown > 0 && !s.o.finds() && !s.o.task().repeatable {
		next = append(next, s.o.settleSteps(s.run.ID())...)
	}
	return next
}

// resumeStep says how the import goes on.
func (s *sending) resumeStep() string {
	step := "usher runs resume " + s.run.ID()
	if again, ok := s.o.repeats(); ok {
		return again
	}
	if s.o.file == "-" {
		step = "run the same command with the same input again"
	}
	if s.counts.Unknown > 0 && s.o.finds() && !s.o.task().repeatable {
		step += ": it asks the provider about the unknown rows before it sends anything"
	}
	return step
}

// settleSteps says how rows whose outcome is unknown are settled where the
// provider cannot be asked.
func (o *importOptions) settleSteps(run string) []string {
	return []string{
		"usher runs rows " + run + " --state unknown",
		"look for each of them in the console of " + o.selection.Adapter.Vendor + ", then usher runs settle " + run + " --line N --created or --absent",
	}
}
