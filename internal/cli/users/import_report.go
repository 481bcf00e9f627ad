package users

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
)

// outputs are the files of an import, opened before anything is sent so that a
// name that cannot be written is found in time.
type outputs struct {
	results, failed, junit *report.File // nil where not wanted
}

func (o *importOptions) openOutputs() (*outputs, error) {
	made := &outputs{}
	for _, one := range []struct {
		flag, path string
		file       **report.File
	}{{"--results", o.results, &made.results}, {"--failed", o.failed, &made.failed}, {"--junit", o.junit, &made.junit}} {
		if one.path == "" {
			continue
		}
		file, err := report.Create(one.path, o.file)
		if err != nil {
			made.discard()
			return nil, app.Refuse(fmt.Errorf("%s: %w", one.flag, err))
		}
		*one.file = file
	}
	if made.results != nil {
		switch strings.ToLower(filepath.Ext(o.results)) {
		case ".csv", ".ndjson", ".jsonl", ".json":
		default:
			made.discard()
			return nil, app.Refuse(fmt.Errorf("--results %s: the ending tells no format: use .csv, .ndjson or .json", o.results))
		}
	}
	return made, nil
}

func (f *outputs) discard() {
	for _, file := range []*report.File{f.results, f.failed, f.junit} {
		if file != nil {
			_ = file.Discard()
		}
	}
}

// conclusion is an import that has sent all that it sends.
type conclusion struct {
	i       *intake.Import
	book    *ledger.Ledger
	run     *ledger.Run
	counts  ledger.Counts
	stopped error
	outputs *outputs
	began   time.Time
}

// importDoc is usher.import/v1.
type importDoc struct {
	Schema      string         `json:"schema"`
	Run         string         `json:"run"`
	Profile     string         `json:"profile"`
	Provider    string         `json:"provider"`
	Target      string         `json:"target"`
	Source      sourceDoc      `json:"source"`
	Counts      ledger.Counts  `json:"counts"`
	Causes      []ledger.Cause `json:"causes"`
	FailedFile  string         `json:"failed_file"`
	ResultsFile string         `json:"results_file"`
	DurationMS  int64          `json:"duration_ms"`
}

type sourceDoc struct {
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	Format   string `json:"format"`
	Encoding string `json:"encoding"`
}

func sourceOf(description roster.Description) sourceDoc {
	return sourceDoc{description.File, description.SHA256, string(description.Format), description.Encoding}
}

// mostCauses is how many causes a summary names.
const mostCauses = 100

// conclude writes the files, ends the run in the ledger, and prints the summary.
func (o *importOptions) conclude(ctx context.Context, c conclusion) error {
	result := o.failure(c.run.ID(), c.counts, c.stopped, c.outputs)
	if err := c.run.Flush(ctx); err != nil {
		return errors.Join(result, err)
	}
	past, err := c.book.Run(ctx, c.run.ID())
	if err != nil {
		return errors.Join(result, err)
	}
	doc := importDoc{
		Schema: "usher.import/v1", Run: c.run.ID(), Profile: o.selection.Profile.Name, Provider: o.selection.Adapter.Name, Target: o.selection.Target,
		Source: sourceOf(c.i.Roster.Description()), Counts: c.counts, FailedFile: o.failed, ResultsFile: o.results,
	}
	if doc.Causes, err = c.book.Causes(ctx, past, mostCauses); err != nil {
		return errors.Join(result, err)
	}
	if err := o.writeFiles(ctx, c, past); err != nil {
		doc.FailedFile, doc.ResultsFile = "", ""
		result = errors.Join(result, app.Fail(app.StatusOf(result), err, "usher runs rows "+c.run.ID()+" has what became of each row"))
	}
	if err := c.run.Finish(ctx, ledger.Summary{
		Counts: c.counts, ExitStatus: app.StatusOf(result), FailedFile: doc.FailedFile, ResultsFile: doc.ResultsFile,
	}); err != nil {
		return errors.Join(result, err)
	}
	doc.DurationMS = time.Since(c.began).Milliseconds()
	return errors.Join(result, o.printSummary(ctx, doc))
}

func (o *importOptions) printSummary(ctx context.Context, doc importDoc) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	if doc.Causes == nil {
		doc.Causes = []ledger.Cause{}
	}
	c := doc.Counts
	rows := [][2]string{{"run", doc.Run}, {"rows", strconv.Itoa(c.Rows)}, {"created", strconv.Itoa(c.Created)}, {"existing", strconv.Itoa(c.Existing)},
		{"failed", strconv.Itoa(c.Failed)}, {"unknown", strconv.Itoa(c.Unknown)}, {"not tried", strconv.Itoa(c.NotTried)}}
	for _, cause := range doc.Causes {
		rows = append(rows, [2]string{"cause", fmt.Sprintf("%d × %s: %s", cause.Rows, cause.Class, cause.Message)})
	}
	if doc.FailedFile != "" && c.Failed+c.Unknown+c.NotTried > 0 {
		rows = append(rows, [2]string{"failed rows", doc.FailedFile})
	}
	if doc.ResultsFile != "" {
		rows = append(rows, [2]string{"results", doc.ResultsFile})
	}
	return printer.Object(ctx, doc, rows, doc.Run)
}

// writeFiles writes what became of each row to the files that were asked for.
func (o *importOptions) writeFiles(ctx context.Context, c conclusion, past ledger.PastRun) error {
	sinks, err := o.sinks(c)
	if err != nil {
		return err
	}
	var failed *roster.FailedWriter
	if c.outputs.failed != nil {
		if failed, err = roster.NewFailedWriter(c.outputs.failed, c.i.Roster); err != nil {
			return err
		}
	}
	if len(sinks) == 0 && failed == nil {
		return nil
	}
	for line, err := range c.i.Lines(ctx, c.book, past) {
		if err != nil {
			return err
		}
		for _, sink := range sinks {
			if err := sink.Add(line.Line); err != nil {
				return err
			}
		}
		if failed != nil && line.Status != "created" && line.Status != "existing" {
			if err := failed.Write(line.Row, line.Error, line.Hint); err != nil {
				return err
			}
		}
	}
	for _, sink := range sinks {
		err = errors.Join(err, sink.Close())
	}
	if failed != nil {
		err = errors.Join(err, failed.Close())
	}
	for _, file := range []*report.File{c.outputs.results, c.outputs.failed, c.outputs.junit} {
		if file != nil && err == nil {
			err = file.Commit()
		}
	}
	return err
}

func (o *importOptions) sinks(c conclusion) ([]report.Sink, error) {
	var sinks []report.Sink
	if c.outputs.results != nil {
		sink, err := report.Results(c.outputs.results, o.results)
		if err != nil {
			return nil, err
		}
		sinks = append(sinks, sink)
	}
	if c.outputs.junit != nil {
		sink, err := report.JUnit(c.outputs.junit, "usher users import "+filepath.Base(o.file))
		if err != nil {
			return nil, err
		}
		sinks = append(sinks, sink)
	}
	if value, _ := o.app.LookupEnv("GITHUB_ACTIONS"); value == "true" {
		sinks = append(sinks, report.Annotations(o.app.Streams.Err, o.file))
	}
	return sinks, nil
}

func (o *importOptions) unknownHint(run string) string {
	if _, ok := o.selection.Adapter.Operation(provider.PowerFind); ok {
		return "run the same command again: it asks the provider about the unknown rows before it sends anything"
	}
	return fmt.Sprintf("usher runs rows %s --state unknown: %s documents no look-up, so look into its own console, then usher runs settle %s --line N --created or --absent",
		run, o.selection.Adapter.Vendor, run)
}

// again gives the command of this import with one more argument.
func (o *importOptions) again(more string) string {
	words := []string{"usher"}
	for _, arg := range o.arguments {
		words = append(words, fields.Quote(arg))
	}
	return strings.Join(append(words, more), " ")
}

// count gives a number with its noun: "1 row", "10,000 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes a number with commas between the thousands.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
