package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/bring-aboard/usher/pkg/schema"
)

// PastRun is a run as the ledger remembers it.
type PastRun struct {
	RunInfo
	Summary
	// ID is the name of the run.
	ID string
	// Target is where it pointed.
	Target string
	// PID is the process that ran it.
	PID int
	// Started is when it began; Ended is zero while it is under way and after a crash.
	Started, Ended time.Time

	number int64
}

// IsFinished tells whether the run came to its end. One that did not is under
// way where [Ledger.Holder] names it, and was interrupted otherwise.
func (r PastRun) IsFinished() bool { return !r.Ended.IsZero() }

const selectRuns = `
	SELECT number, id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, before_file,
	       pid, started, ended, exit_status, counts, failed_file, results_file
	FROM runs `

// Runs yields every run, newest first.
func (l *Ledger) Runs(ctx context.Context) iter.Seq2[PastRun, error] {
	return paged(func(last *PastRun) ([]PastRun, error) {
		if last == nil {
			return l.runs(ctx, `ORDER BY number DESC LIMIT ?`, pageSize)
		}
		return l.runs(ctx, `WHERE number < ? ORDER BY number DESC LIMIT ?`, last.number, pageSize)
	})
}

// Run finds a run by its id, by the unique beginning of one, by the four
// letters at its end, or the newest by the word "last". It fails with a
// [*RunError] where the word names none or several.
func (l *Ledger) Run(ctx context.Context, word string) (PastRun, error) {
	if word == "last" {
		return oneOf(ctx, word, l.runs, `ORDER BY number DESC LIMIT 1`)
	}
	run, err := oneOf(ctx, word, l.runs, `WHERE id = ?`, word)
	if !is[*RunError](err) {
		return run, err
	}
	word = strings.ToLower(word)
	run, err = oneOf(ctx, word, l.runs, `WHERE ? <> '' AND (substr(id, 1, length(?)) = ? OR substr(id, 17) = ?) ORDER BY number DESC LIMIT 10`,
		word, word, word, word)
	if missing, ok := errors.AsType[*RunError](err); ok && len(missing.Matches) == 0 {
		missing.Nearest, err = l.nearest(ctx, word)
		if err == nil {
			err = missing
		}
	}
	return run, err
}

// oneOf gives the one run that a query finds.
func oneOf(ctx context.Context, word string, query func(context.Context, string, ...any) ([]PastRun, error), where string, args ...any) (PastRun, error) {
	runs, err := query(ctx, where, args...)
	if err != nil {
		return PastRun{}, err
	}
	if len(runs) == 1 {
		return runs[0], nil
	}
	failure := &RunError{Word: word}
	for _, run := range runs {
		failure.Matches = append(failure.Matches, run.ID)
	}
	return PastRun{}, failure
}

// nearest gives the recent run whose id is closest to a word, "" where none is close.
func (l *Ledger) nearest(ctx context.Context, word string) (string, error) {
	ids, err := collect(ctx, l.db, func(rows *sql.Rows) (id string, err error) {
		return id, rows.Scan(&id)
	}, `SELECT id FROM runs ORDER BY number DESC LIMIT ?`, pageSize)
	return schema.Nearest(word, ids), l.wrap("read the ledger", err)
}

func (l *Ledger) runs(ctx context.Context, where string, args ...any) ([]PastRun, error) {
	runs, err := collect(ctx, l.db, scanRun, selectRuns+where, args...)
	return runs, l.wrap("read the ledger", err)
}

func scanRun(rows *sql.Rows) (run PastRun, err error) {
	var (
		arguments                       string
		started, ended, status          sql.NullInt64
		counts, failedFile, resultsFile sql.NullString
	)
	err = rows.Scan(&run.number, &run.ID, &run.Command, &run.Target, &run.Profile, &run.Provider,
		&run.Source.File, &run.Source.SHA256, &run.Source.Format, &run.Source.Encoding, &run.Folder, &arguments, &run.BeforeFile,
		&run.PID, &started, &ended, &status, &counts, &failedFile, &resultsFile)
	if err != nil {
		return run, err
	}
	run.Started, run.Ended = moment(started), moment(ended)
	run.ExitStatus = int(status.Int64)
	run.FailedFile, run.ResultsFile = failedFile.String, resultsFile.String
	if err := json.Unmarshal([]byte(arguments), &run.Arguments); err != nil {
		return run, err
	}
	if counts.Valid {
		err = json.Unmarshal([]byte(counts.String), &run.Counts)
	}
	return run, err
}
