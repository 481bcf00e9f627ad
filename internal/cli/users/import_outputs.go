package users

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/secret"
)

// outputs are the files of an import, prepared before anything is sent so that
// a name that cannot be written is found in time. Those that are not wanted are nil.
type outputs struct {
	results, failed, junit *report.File
}

func (o *importOptions) prepareOutputs() (*outputs, error) {
	if o.results != "" {
		if err := report.CheckName(o.results); err != nil {
			return nil, app.Refuse(fmt.Errorf("--results: %w", err))
		}
	}
	spared, err := o.spared()
	if err != nil {
		return nil, err
	}
	if err := report.Spare(o.credentials, spared...); err != nil {
		return nil, app.Refuse(fmt.Errorf("--credentials: %w", err))
	}
	made := &outputs{}
	for _, one := range []struct {
		flag, path string
		file       **report.File
	}{{"--results", o.results, &made.results}, {"--failed", o.failed, &made.failed}, {"--junit", o.junit, &made.junit}} {
		if one.path == "" {
			continue
		}
		err := report.Spare(one.path, spared...)
		var file *report.File
		if err == nil {
			file, err = report.Create(one.path, o.file)
		}
		if err != nil {
			return nil, app.Refuse(fmt.Errorf("%s: %w", one.flag, err))
		}
		*one.file = file
	}
	if err := report.Distinct(o.results, o.failed, o.junit, o.credentials, o.before); err != nil {
		return nil, app.Refuse(err)
	}
	return made, nil
}

// spared lists what no output may be written over, beside the roster: the
// profiles, the state folder, and the files that the profile names.
func (o *rosterOptions) spared() ([]string, error) {
	loaded, err := o.app.Config()
	if err != nil {
		return nil, err
	}
	state, err := o.app.StateDir()
	if err != nil {
		return nil, app.Refuse(err)
	}
	spared := []string{loaded.Path(), state}
	for _, setting := range o.selection.Profile.All() {
		switch value := setting.Value.(type) {
		case secret.Reference:
			if path, ok := o.app.Secrets.File(value); ok {
				spared = append(spared, path)
			}
		case string:
			if setting.Setting.File {
				spared = append(spared, value)
			}
		}
	}
	return spared, nil
}

// checkFailedName refuses an ending by which the file of failed rows would be
// read as something else than it is.
func (o *importOptions) checkFailedName(people *roster.Roster) error {
	format := people.Description().Format
	ending, err := roster.ParseFormat(filepath.Ext(o.failed))
	isJSON := func(f roster.Format) bool { return f == roster.JSON || f == roster.NDJSON }
	if o.failed == "" || err != nil || ending == format || isJSON(ending) && isJSON(format) {
		return nil
	}
	return app.Refuse(fmt.Errorf("--failed %s: the failed rows are written as the roster is, in %s, and the ending says %s: name it %s",
		o.failed, format, ending, strings.TrimSuffix(o.failed, filepath.Ext(o.failed))+"."+string(format)))
}

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
	for _, file := range f.files() {
		_ = file.Discard() // there is nothing more to be done about it
	}
}

// write writes what became of each row to the files that were asked for.
func (f *outputs) write(ctx context.Context, s *sending, past ledger.PastRun) error {
	sinks, err := f.sinks(s)
	if err != nil || len(sinks) == 0 {
		return err
	}
	defer s.o.whileSlow("Writing the report")()
	for line, err := range s.lines(ctx, s.book, past) {
		if err != nil {
			return err
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
	for _, file := range f.files() {
		if err == nil {
			err = file.Commit()
		}
	}
	return err
}

// sink takes the rows of an import, in the order of the roster.
type sink struct {
	add   func(intake.Line) error
	close func() error
}

func (f *outputs) sinks(s *sending) ([]sink, error) {
	var sinks []sink
	var failures []error
	add := func(made report.Sink, err error) {
		if failures = append(failures, err); err == nil {
			sinks = append(sinks, sink{add: func(line intake.Line) error { return made.Add(line.Line) }, close: made.Close})
		}
	}
	if f.results != nil {
		add(report.Results(f.results, s.o.results))
	}
	if f.junit != nil {
		add(report.JUnit(f.junit, report.Suite{
			Name: s.o.task().words + " " + s.o.subject(), Rows: s.counts.Rows, Wrong: s.counts.Failed + s.counts.Unknown,
			NotTried: s.counts.NotTried, Began: s.began, Took: time.Since(s.began),
		}))
	}
	if s.i != nil && s.o.annotates() {
		add(report.Annotations(s.o.app.Streams.Err, s.o.file), nil)
	}
	if f.failed != nil {
		failed, err := roster.NewFailedWriter(f.failed, s.i.Roster)
		if failures = append(failures, err); err == nil {
			sinks = append(sinks, sink{add: failedOnly(failed), close: failed.Close})
		}
	}
	return sinks, errors.Join(failures...)
}

// annotates tells whether this is a job of GitHub Actions.
func (o *rosterOptions) annotates() bool {
	value, _ := o.app.LookupEnv("GITHUB_ACTIONS")
	return value == "true"
}

// failedOnly writes the rows whose users are not there, or not as they should
// be, as far as is known.
func failedOnly(failed *roster.FailedWriter) func(intake.Line) error {
	return func(line intake.Line) error {
		switch bulk.State(line.Status) {
		case bulk.Created, bulk.Existing, amend.Updated, amend.Unchanged, amend.Deleted, amend.Absent, amend.Deactivated:
			return nil
		}
		return failed.Write(line.Row, line.Error, line.Hint)
	}
}
