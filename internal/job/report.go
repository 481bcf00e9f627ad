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

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
)

// reportDoc is usher.import/v1, and with other counts usher.update/v1, usher.delete/v1, usher.deactivate/v1 and
// usher.undo/v1.
type reportDoc struct {
	Schema      string         `json:"schema"`
	Run         string         `json:"run"`
	Profile     string         `json:"profile"`
	Provider    string         `json:"provider"`
	Target      string         `json:"target"`
	Source      report.Source  `json:"source"`
	Reading     *readingDoc    `json:"reading,omitempty"`
	Undoes      string         `json:"undoes,omitempty"`
	Counts      report.Counts  `json:"counts"`
	Causes      []report.Cause `json:"causes"`
	Resent      *int           `json:"resent,omitempty"`
	Duplicates  *int           `json:"duplicates,omitempty"`
	SharedIDs   *int           `json:"shared_ids,omitempty"`
	NotStored   *[]notStored   `json:"not_stored,omitempty"`
	FailedFile  string         `json:"failed_file"`
	ResultsFile string         `json:"results_file"`
	BeforeFile  *string        `json:"before_file,omitempty"`
	Leavers     *leaversDoc    `json:"leavers,omitempty"`
	LeaversFile string         `json:"leavers_file,omitempty"`
	// Memberships is the run that added the users to the groups of the roster; nil for none.
	Memberships *membershipsDoc `json:"memberships,omitempty"`
	DurationMS  int64           `json:"duration_ms"`

	// CredentialsFile is the path of the file with the generated passwords in use; empty for none.
	CredentialsFile string `json:"credentials_file,omitempty"`
	// Users are those of --count; nil for a run with a roster.
	Users []countedUser `json:"users,omitempty"`

	// ValidationErrors are those of a roster that was refused.
	ValidationErrors []report.ValidationError `json:"validation_errors,omitempty"`

	people map[int]string // the natural keys of the users on the first lines of causes, as far as they are known
}

// countedUser is a user of --count.
type countedUser struct {
	Key   string         `json:"key"`
	ID    string         `json:"id"`
	State rowstate.State `json:"state"`
}

// notStored is a field that the provider did not store as sent, in documents for programs.
type notStored struct {
	Field string `json:"field"`
	Rows  int    `json:"rows"`
}

// mostCauses is the maximum number of causes in a summary.
const mostCauses = 100

// report writes the files, ends the run in the ledger, and prints the summary. An error does not prevent the
// following steps. Nothing is sent from here on, and an interrupt does not end it.
func (r *run) report(op many) step {
	return func(ctx context.Context) error {
		if r.follows() {
			return r.reportBoth(ctx, op)
		}
		ctx = context.WithoutCancel(ctx)
		doc, result := r.finish(ctx, op)
		if err := r.print(ctx, doc); result == nil {
			return err
		}
		return result // the result matters more than a summary that could not be printed
	}
}

// finish writes the files and ends the run in the ledger. It returns the report, and the error of the whole run.
func (r *run) finish(ctx context.Context, op many) (reportDoc, error) {
	result := r.resultError()
	words := op.labels()
	doc := reportDoc{
		Schema: words.schema, Run: r.entry.ID(), Profile: r.Selection.Profile.Name, Provider: r.Selection.Adapter.Name, Target: r.Selection.Target,
		Source: r.source, Reading: r.reads, Undoes: r.undoOf, Counts: report.CountsOf(r.counts, words.command.Name), Causes: []report.Cause{}, DurationMS: time.Since(r.began).Milliseconds(),
	}
	past, err := r.past(ctx)
	result = worse(result, err)
	result = worse(result, op.finish(ctx, r, past, &doc))
	if err == nil {
		doc.Causes, err = r.causes(ctx, *past)
		result = worse(result, err)
		if printer, err := r.App.Printer(); err == nil && printer.ForPeople() { // it reads rows
			doc.people = peopleOf(ctx, op.lines(ctx, r, *past), doc.Causes)
		}
	}
	if err == nil {
		err := r.writeOutputs(ctx, op.lines(ctx, r, *past))
		if err == nil {
			doc.FailedFile, doc.ResultsFile = r.Failed, r.Results
		}
		result = worse(result, err, failure.Note("to show the state of each row"), "usher runs rows "+r.entry.ID())
	}
	err = r.entry.Finish(ctx, ledger.Summary{
		Counts: r.counts, ExitStatus: failure.StatusOf(result), FailedFile: doc.FailedFile, ResultsFile: doc.ResultsFile,
	})
	if lost, ok := errors.AsType[*ledger.Error](err); ok && errors.Is(r.stopped, lost) {
		return doc, result // which has said so
	}
	return doc, worse(result, err)
}

// past returns the run from the ledger once all of it is durable; nil if it cannot be read.
func (r *run) past(ctx context.Context) (*ledger.PastRun, error) {
	if err := r.entry.Flush(ctx); err != nil {
		return nil, err
	}
	past, err := r.book.Run(ctx, r.entry.ID())
	if err != nil {
		return nil, err
	}
	return &past, nil
}

// sumNotStored reports the fields that the provider did not store as sent.
func (r *run) sumNotStored(ctx context.Context, past ledger.PastRun) (*[]notStored, error) {
	fields, err := r.book.NotStored(ctx, past)
	docs := make([]notStored, len(fields))
	streams := r.App.Streams
	for i, field := range fields {
		docs[i] = notStored(field)
		streams.Warn(fmt.Sprintf("%s: not stored as sent, %s", field.Field, progress.Count(field.Rows, "row")))
	}
	return &docs, err
}

func (r *run) causes(ctx context.Context, past ledger.PastRun) ([]report.Cause, error) {
	docs := []report.Cause{}
	causes, err := r.book.Causes(ctx, past, mostCauses)
	for _, cause := range causes {
		docs = append(docs, report.Cause(cause))
	}
	return docs, err
}

// worse joins a further error to a result, which keeps its exit status if it has one.
func worse(result, err error, next ...string) error {
	if err == nil {
		return result
	}
	if result == nil {
		return failure.Fail(failure.StatusFailed, err, next...)
	}
	if ended, ok := errors.AsType[*failure.Error](result); ok {
		next = append(ended.Next, next...)
	}
	return failure.Fail(failure.StatusOf(result), errors.Join(result, err), next...)
}

func (r *run) print(ctx context.Context, doc reportDoc) error {
	printer, err := r.App.Printer()
	if err != nil {
		return err
	}
	if doc.Users != nil && printer.PrintsIDs() {
		return doc.printIDs(ctx, printer)
	}
	rows := [][2]string{{"run", doc.Run}}
	if doc.Undoes != "" {
		rows = append(rows, [2]string{"undoes", doc.Undoes})
	}
	details := slices.Clone(rows)
	for _, count := range doc.Counts {
		rows = append(rows, [2]string{count.Label(), strconv.Itoa(count.Rows)})
	}
	if r.resends > 0 {
		rows = append(rows, [2]string{"resent", strconv.Itoa(r.resends)})
	}
	if r.duplicates > 0 {
		rows = append(rows, [2]string{"duplicates", strconv.Itoa(r.duplicates)})
	}
	if doc.SharedIDs != nil && *doc.SharedIDs > 0 {
		rows = append(rows, [2]string{"shared ids", strconv.Itoa(*doc.SharedIDs)})
	}
	counted := len(rows)
	if doc.NotStored != nil {
		for _, field := range *doc.NotStored {
			rows = append(rows, [2]string{"not stored", fmt.Sprintf("%s, %s", field.Field, progress.Count(field.Rows, "row"))})
		}
	}
	details = append(details, rows[counted:]...)
	for _, cause := range doc.Causes {
		rows = append(rows, [2]string{"cause", cause.String()})
	}
	counted = len(rows)
	if doc.Memberships != nil {
		rows = append(rows, doc.Memberships.rows()...)
		details = append(details, printer.WithoutZeros(rows[counted:])...)
		for _, cause := range doc.Memberships.Causes {
			rows = append(rows, [2]string{"cause", cause.String()})
		}
		counted = len(rows)
	}
	if counts := r.allCounts(); doc.FailedFile != "" && counts.Rows() > counts.Of(rowstate.Good) {
		rows = append(rows, [2]string{"failed rows", doc.FailedFile})
	}
	if doc.ResultsFile != "" {
		rows = append(rows, [2]string{"results", doc.ResultsFile})
	}
	if doc.BeforeFile != nil && *doc.BeforeFile != "" {
		rows = append(rows, [2]string{"before", *doc.BeforeFile})
	}
	if doc.LeaversFile != "" {
		rows = append(rows, [2]string{"leavers", doc.LeaversFile})
	}
	rows = append(rows, [2]string{"took", progress.Span(time.Duration(doc.DurationMS) * time.Millisecond)})
	text, err := r.summary(printer, doc, append(details, printer.WithoutZeros(rows[counted:])...))
	if err != nil {
		return err
	}
	return printer.Composed(ctx, text, doc, rows, doc.Run)
}

// printIDs prints the ids of the users of --count.
func (d reportDoc) printIDs(ctx context.Context, printer *render.Printer) (err error) {
	out := printer.List(ctx, []render.Column{{Name: "id", Whole: true}})
	defer func() { err = out.End(err) }()
	for _, user := range d.Users {
		if user.ID == "" || user.State.Kind() != rowstate.Good {
			continue
		}
		if err := out.Add([]string{user.ID}, user, user.ID); err != nil {
			return err
		}
	}
	return nil
}

// resultError returns the error of the whole run, nil if every row is done.
func (r *run) resultError() error {
	status := r.status()
	if status == failure.StatusOK {
		return nil
	}
	text := r.shortfall()
	switch {
	case r.isInterrupted():
		text = "interrupted: " + text
	case r.stopped != nil:
		text = fmt.Sprintf("the %s stopped: %v\n%s", r.op.labels().command.Noun, r.stopped, text)
	}
	return failure.Fail(status, errors.New(text), r.nextSteps(status)...)
}

// shortfall returns how many rows are not done, by state.
func (r *run) shortfall() string {
	rows := progress.Count(r.counts.Rows(), "row")
	var parts []string
	for _, part := range []struct {
		rows      int
		one, many string
	}{
		{r.counts[rowstate.Failed], "failed", "failed"}, {r.counts[rowstate.Gone], "gone", "gone"},
		{r.counts[rowstate.Unknown], "unknown", "unknown"}, {r.counts[rowstate.NotTried], "not tried", "not tried"},
	} {
		if part.rows == 0 {
			continue
		}
		number, verb := progress.Number(part.rows), part.many
		if part.rows == 1 {
			verb = part.one
		}
		if len(parts) == 0 {
			number += " of " + rows
		}
		parts = append(parts, number+" "+verb)
	}
	if r.duplicates > 0 {
		parts = append(parts, fmt.Sprintf("%s with duplicate users at the provider", progress.Count(r.duplicates, "key")))
	}
	if r.isLacking() {
		parts = append(parts, progress.Count(r.notStored, "row")+" not stored as sent")
	}
	if len(r.doubts) > 0 {
		parts = append(parts, fmt.Sprintf("%s of run %s in doubt and not found", progress.Count(len(r.doubts), "row"), r.undoOf))
	}
	if r.unseen > 0 {
		parts = append(parts, progress.Count(r.unseen, "created user")+" not found by a lookup yet")
	}
	if r.unmet != "" {
		parts = append(parts, "users who are not in the roster left alone: "+r.unmet)
	}
	if len(parts) == 0 {
		return rows + " completed"
	}
	return strings.Join(parts, ", ")
}

// nextSteps returns the next steps after a run.
func (r *run) nextSteps(status int) []string {
	if lost, ok := errors.AsType[*ledger.Error](r.stopped); ok && lost.Kind == ledger.Lost {
		return r.restoreSteps()
	}
	next := failure.StepsOf(r.stopped)
	if status == failure.StatusDenied {
		login := app.LoginSteps(r.Selection)
		if len(login) == 0 {
			login = []string{"usher profiles check " + r.Selection.Profile.Name}
		}
		next = append(next, login...)
	}
	if errors.Is(r.stopped, engine.ErrWait) {
		next = append(next, app.LongWaitStep(r.Selection, r.stopped))
	}
	if r.duplicates > 0 {
		next = append(next, "usher runs rows "+r.entry.ID()+" --state created")
	}
	if r.isLacking() {
		next = append(next, "usher runs show "+r.entry.ID())
	}
	if len(r.doubts) > 0 {
		next = append(next, failure.Note("if these users do not exist, by the console of "+r.Selection.Adapter.Vendor), "usher runs settle "+r.undoOf+" --line "+linesText(r.doubts)+" --absent")
	}
	if r.unseen > 0 {
		next = append(next, "usher runs rows "+r.entry.ID()+" --state created")
	}
	if r.leftOut > 0 {
		next = append(next, failure.Note("to delete the users modified since creation as well"), "usher runs undo "+r.undoOf+" --changed")
	}
	if r.counts[rowstate.NotTried] > r.leftOut || r.counts[rowstate.Unknown] > 0 && (r.finds() || r.op.labels().command.Changes) {
		next = append(next, r.resumeSteps()...)
	}
	if r.counts[rowstate.Failed] > 0 && status != failure.StatusDenied { // a denied request is not an error of the row
		next = append(next, "usher runs rows "+r.entry.ID()+" --state failed")
		switch task := r.op.labels(); {
		case r.intake == nil || r.reader.Keys != nil: // there is no roster whose rows could be written
		case r.Failed == "":
			next = append(next, failure.Note("to write the rows to a file that can be fixed and "+task.passive), r.resumeCommand("--failed="+shell.Quote(r.failedName())))
		default:
			next = append(next, failure.Note("fix the rows in "+r.Failed+" first"), r.failedCommand())
		}
	}
	if r.counts[rowstate.Gone] > 0 {
		next = append(next, "usher runs rows "+r.entry.ID()+" --state gone",
			failure.Note("to create them again"), "usher runs forget "+r.entry.ID()+" --gone")
		next = append(next, r.resumeSteps()...)
	}
	if r.counts[rowstate.Unknown] > 0 && !r.finds() && !r.op.labels().command.Changes {
		next = append(next, r.settleSteps(r.entry.ID())...)
	}
	return next
}

// linesText returns lines, separated by commas.
func linesText(lines []int) string {
	var texts []string
	for _, line := range lines {
		texts = append(texts, strconv.Itoa(line))
	}
	return strings.Join(texts, ",")
}

// restoreSteps returns the next steps after the ledger was lost during the run.
func (r *run) restoreSteps() []string {
	var next []string
	if r.Results != "" {
		next = append(next, failure.Note(r.Results+" contains the state of each row"))
	}
	return append(append(next, failure.Note("first restore the ledger at "+r.book.Place())), r.resumeSteps()...)
}

// resumeSteps returns the steps that resume the run.
func (r *run) resumeSteps() []string {
	var steps []string
	if r.counts[rowstate.Unknown] > 0 && r.finds() && !r.op.labels().command.Changes {
		steps = append(steps, failure.Note("users with an unknown outcome are looked up before anything is sent"))
	}
	switch {
	case r.undoOf != "":
		return append(steps, "usher runs undo "+r.undoOf)
	case r.reader.Keys != nil:
		return append(steps, r.repeatCommand(""))
	case r.reader.File == "-" && !r.isRemembered():
		return append(steps, "run the same command with the same input")
	case r.reader.File == "-":
		return append(steps, r.resumeCommand(""))
	default:
		return append(steps, "usher runs resume "+cmp.Or(r.execution(), r.entry.ID()))
	}
}

// isRemembered reports that only the ledger has the rows that are done, and no read of the users shows them.
func (r *run) isRemembered() bool { return r.op.labels().command.Name == rowstate.CommandPassword }

// resumeCommand returns the command line with one more argument, which leaves out the rows that are done.
func (r *run) resumeCommand(more string) string {
	if r.isRemembered() {
		more = strings.TrimSpace(more + " --" + ResumedFlag + "=" + r.entry.ID())
	}
	return r.repeatCommand(more)
}

// settleSteps returns the steps that settle rows with an unknown outcome if the provider documents no lookup.
func (r *run) settleSteps(run string) []string {
	return []string{
		"usher runs rows " + run + " --state unknown",
		failure.Note("check each user in the console of " + r.Selection.Adapter.Vendor + ", then settle the row with --created or --absent"),
		"usher runs settle " + run + " --line N --created", "usher runs settle " + run + " --line N --absent",
	}
}
