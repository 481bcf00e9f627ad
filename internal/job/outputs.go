package job

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// outputs are the files of a run. They are prepared before anything is sent, so that a path that cannot be written
// is reported early. Files that are not wanted are nil.
type outputs struct {
	results, failed, junit, plan *report.File
}

// namedPath is the value of a flag that specifies a file.
type namedPath struct{ flag, path string }

// prepareOutputs prepares the files of a run. Further files are those that the operation writes itself.
func (r *run) prepareOutputs(further ...namedPath) (made *outputs, err error) {
	spared, err := r.reader.protectedPaths()
	if err != nil {
		return nil, err
	}
	made = &outputs{}
	if made.results, err = r.reader.PrepareResults(r.Results); err != nil {
		return nil, err
	}
	if made.failed, err = r.reader.prepareFile(namedPath{"--failed", r.Failed}, spared); err != nil {
		return nil, err
	}
	if made.junit, err = r.reader.prepareFile(namedPath{"--junit", r.JUnit}, spared); err != nil {
		return nil, err
	}
	if made.plan, err = r.reader.prepareFile(namedPath{"--plan-out", r.PlanOut}, spared); err != nil {
		return nil, err
	}
	paths := []string{r.Results, r.Failed, r.JUnit, r.PlanOut}
	for _, file := range further {
		if err := report.Spare(file.path, spared...); err != nil {
			return nil, failure.Refuse(fmt.Errorf("%s: %w", file.flag, err))
		}
		paths = append(paths, file.path)
	}
	if err := report.Distinct(paths...); err != nil {
		return nil, failure.Refuse(err)
	}
	return made, nil
}

// PrepareResults prepares the file of --results, nil for none. It returns an error for a path that usher reads.
func (r *Reader) PrepareResults(path string) (*report.File, error) {
	if path == "" {
		return nil, nil
	}
	if err := report.CheckName(path); err != nil {
		return nil, failure.Refuse(fmt.Errorf("--results: %w", err))
	}
	spared, err := r.protectedPaths()
	if err != nil {
		return nil, err
	}
	return r.prepareFile(namedPath{"--results", path}, spared)
}

func (r *Reader) prepareFile(file namedPath, spared []string) (*report.File, error) {
	if file.path == "" {
		return nil, nil
	}
	err := report.Spare(file.path, spared...)
	var made *report.File
	if err == nil {
		made, err = report.Create(file.path, r.File)
	}
	if err != nil {
		return nil, failure.Refuse(fmt.Errorf("%s: %w", file.flag, err))
	}
	return made, nil
}

// protectedPaths returns the paths that no output may overwrite: the roster, the profiles, the state directory, and the
// files in the profile.
func (r *Reader) protectedPaths() ([]string, error) {
	loaded, err := r.app.Config()
	if err != nil {
		return nil, err
	}
	state, err := r.app.StateDir()
	if err != nil {
		return nil, failure.Refuse(err)
	}
	spared := []string{loaded.Path(), state}
	profile := r.selection.Profile
	for _, resolved := range profile.All() {
		setting := resolved.Setting
		if reference, ok := profile.Secret(setting.Name); ok && setting.Secret {
			if path, ok := r.app.Secrets.File(reference); ok {
				spared = append(spared, path)
			}
		} else if path, _ := profile.Text(setting.Name); setting.File {
			spared = append(spared, path)
		}
	}
	return spared, nil
}

// failedFormat returns the format that the extension of --failed means.
func (r *run) failedFormat() roster.Format {
	format, _ := roster.ParseFormat(filepath.Ext(r.Failed)) // any other extension means the roster's format
	return format
}

// checkFailedName returns an error for an extension that contradicts the format of the failed rows.
func (r *run) checkFailedName(people *roster.Roster) error {
	format := people.Description().Format
	ending, err := roster.ParseFormat(filepath.Ext(r.Failed))
	isJSON := func(f roster.Format) bool { return f == roster.JSON || f == roster.NDJSON }
	isSheet := slices.Contains(roster.SheetFormats(), ending) && format.IsTable()
	if r.Failed == "" || err != nil || ending == format || isSheet || isJSON(ending) && isJSON(format) {
		return nil
	}
	return failure.Refuse(fmt.Errorf("--failed %s: the roster's format is %s, not %s; use %s",
		r.Failed, format, ending, strings.TrimSuffix(r.Failed, filepath.Ext(r.Failed))+"."+string(format)))
}

// files returns the files that report on rows.
func (f *outputs) files() []*report.File {
	var files []*report.File
	for _, file := range []*report.File{f.results, f.failed, f.junit} {
		if file != nil {
			files = append(files, file)
		}
	}
	return files
}

func (f *outputs) discard() {
	files := f.files()
	if f.plan != nil {
		files = append(files, f.plan)
	}
	for _, file := range files {
		_ = file.Discard() // the error is already reported
	}
}

// writeOutputs writes the result of each row to the requested files.
func (r *run) writeOutputs(ctx context.Context, lines iter.Seq2[intake.LedgerRow, error]) error {
	sinks, err := r.sinks(ctx)
	if err != nil || len(sinks) == 0 {
		return err
	}
	defer r.reader.whileSlow("Writing reports")()
	for line, err := range lines {
		if err != nil {
			return err
		}
		if r.route != nil {
			line.Profile = r.Selection.Profile.Name
		}
		for _, sink := range sinks {
			if err := sink.add(line); err != nil {
				return err
			}
		}
	}
	for _, sink := range sinks {
		err = errors.Join(err, sink.close())
	}
	for _, file := range r.outputs.files() {
		if err == nil && (r.intake != nil || file != r.outputs.failed) {
			err = file.Commit()
		}
	}
	return err
}

// hasGroups reports whether the lines of the run have groups.
func (r *run) hasGroups() bool {
	return r.op.labels().command.IsMembership() || r.follows()
}

// sink consumes the rows of a run, in the order of the roster.
type sink struct {
	add   func(intake.LedgerRow) error
	close func() error
}

func (r *run) sinks(ctx context.Context) ([]sink, error) {
	var sinks []sink
	var failures []error
	add := func(made report.Sink, err error) {
		if failures = append(failures, err); err == nil {
			sinks = append(sinks, sink{add: func(line intake.LedgerRow) error { return made.Add(line.Line) }, close: made.Close})
		}
	}
	if r.outputs.results != nil {
		add(report.Results(r.outputs.results, r.Results, report.Columns{Profile: r.route != nil, Group: r.hasGroups()}))
	}
	if counts := r.allCounts(); r.outputs.junit != nil {
		add(report.JUnit(r.outputs.junit, report.Suite{
			Name: r.op.labels().line + " " + r.subject(), Rows: counts.Rows(), Wrong: counts.Of(rowstate.Bad) + counts.Of(rowstate.InDoubt),
			NotTried: counts.Of(rowstate.Open), Began: r.began, Took: time.Since(r.began),
		}))
	}
	if r.reader.File != "" && r.reader.Keys == nil && r.reader.annotates() {
		sinks = append(sinks, unfailing(report.Annotations(r.App.Streams.Err, r.reader.File)))
	}
	if r.outputs.failed != nil && r.intake != nil {
		failed, err := roster.NewFailedWriter(ctx, r.outputs.failed, r.intake.Roster, r.failedFormat())
		if failures = append(failures, err); err == nil {
			rows := &failedRows{to: failed}
			sinks = append(sinks, sink{add: rows.add, close: rows.close})
		}
	}
	return sinks, errors.Join(failures...)
}

// unfailing returns a sink for standard error that ignores write errors, so that the files are still written.
func unfailing(made report.Sink) sink {
	return sink{
		add:   func(line intake.LedgerRow) error { _ = made.Add(line.Line); return nil },
		close: func() error { _ = made.Close(); return nil },
	}
}

// annotates reports whether this is a job of GitHub Actions.
func (r *Reader) annotates() bool {
	value, _ := r.app.LookupEnv("GITHUB_ACTIONS")
	return value == "true"
}

// failedRows writes the rows whose users are not known to be in the requested state, each once with all its errors: the
// results of a row follow each other.
type failedRows struct {
	to     *roster.FailedWriter
	row    int // that is not written yet; 0 for none
	errors []string
	hint   string
}

func (f *failedRows) add(line intake.LedgerRow) error {
	if rowstate.State(line.State).Kind() == rowstate.Good {
		return nil
	}
	if line.Row != f.row {
		if err := f.flush(); err != nil {
			return err
		}
		f.row, f.errors, f.hint = line.Row, nil, line.Hint
	}
	if line.Error != "" && !slices.Contains(f.errors, line.Error) {
		f.errors = append(f.errors, line.Error)
	}
	return nil
}

func (f *failedRows) flush() error {
	if f.row == 0 {
		return nil
	}
	return f.to.Write(f.row, strings.Join(f.errors, "; "), f.hint)
}

func (f *failedRows) close() error { return errors.Join(f.flush(), f.to.Close()) }
