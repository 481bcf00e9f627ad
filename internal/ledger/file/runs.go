package file

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/schema"
)

const selectRuns = `
	SELECT number, id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, before_file, rows_read, part_of, expires,
	       started, ended, exit_status, counts, failed_file, results_file, pruned
	FROM runs `

// Runs implements [ledger.Store].
func (l *Ledger) Runs(ctx context.Context) iter.Seq2[ledger.PastRun, error] {
	return ledger.Paged(func(last *ledger.PastRun) ([]ledger.PastRun, error) {
		if last == nil {
			return l.runs(ctx, `WHERE pruned IS NULL ORDER BY number DESC LIMIT ?`, ledger.PageSize)
		}
		return l.runs(ctx, `WHERE pruned IS NULL AND number < ? ORDER BY number DESC LIMIT ?`, last.Number, ledger.PageSize)
	})
}

// Run implements [ledger.Store].
func (l *Ledger) Run(ctx context.Context, word string) (ledger.PastRun, error) {
	if word == "last" {
		return oneOf(ctx, word, l.runs, `WHERE pruned IS NULL ORDER BY number DESC LIMIT 1`)
	}
	run, err := oneOf(ctx, word, l.runs, `WHERE id = ?`, word)
	if !is[*ledger.RunError](err) {
		return run, err
	}
	word = strings.ToLower(word)
	run, err = oneOf(ctx, word, l.runs, `WHERE ? <> '' AND (substr(id, 1, length(?)) = ? OR substr(id, 17) = ?) ORDER BY number DESC LIMIT 10`,
		word, word, word, word)
	if missing, ok := errors.AsType[*ledger.RunError](err); ok && len(missing.Matches) == 0 {
		missing.Nearest, err = l.nearest(ctx, word)
		if err == nil {
			err = missing
		}
	}
	return run, err
}

// Parts implements [ledger.Store].
func (l *Ledger) Parts(ctx context.Context, run ledger.PastRun) ([]ledger.PastRun, error) {
	first := cmp.Or(run.PartOf, run.ID)
	return l.runs(ctx, `WHERE id = ? OR part_of = ? ORDER BY number`, first, first)
}

// oneOf returns the single run of a query.
func oneOf(ctx context.Context, word string, query func(context.Context, string, ...any) ([]ledger.PastRun, error), where string, args ...any) (ledger.PastRun, error) {
	runs, err := query(ctx, where, args...)
	if err != nil {
		return ledger.PastRun{}, err
	}
	return ledger.OneOf(word, runs)
}

// nearest returns the recent run with the most similar id, "" if none is similar.
func (l *Ledger) nearest(ctx context.Context, word string) (string, error) {
	ids, err := collect(ctx, l.db, func(rows *sql.Rows) (id string, err error) {
		return id, rows.Scan(&id)
	}, `SELECT id FROM runs ORDER BY number DESC LIMIT ?`, ledger.PageSize)
	return schema.Nearest(word, ids), l.wrap("read the ledger", err)
}

func (l *Ledger) runs(ctx context.Context, where string, args ...any) ([]ledger.PastRun, error) {
	runs, err := collect(ctx, l.db, scanRun, selectRuns+where, args...)
	return runs, l.wrap("read the ledger", err)
}

func scanRun(rows *sql.Rows) (run ledger.PastRun, err error) {
	var (
		arguments                       string
		expires                         sql.NullInt64
		started, ended, status, pruned  sql.NullInt64
		counts, failedFile, resultsFile sql.NullString
	)
	err = rows.Scan(&run.Number, &run.ID, &run.Command, &run.Target, &run.Profile, &run.Provider,
		&run.Source.File, &run.Source.SHA256, &run.Source.Format, &run.Source.Encoding, &run.WorkDir, &arguments, &run.BeforeFile, &run.Rows, &run.PartOf, &expires,
		&started, &ended, &status, &counts, &failedFile, &resultsFile, &pruned)
	if err != nil {
		return run, err
	}
	run.Started, run.Ended, run.Pruned, run.Expires = moment(started), moment(ended), moment(pruned), moment(expires)
	run.ExitStatus = int(status.Int64)
	run.FailedFile, run.ResultsFile = failedFile.String, resultsFile.String
	if err := json.Unmarshal([]byte(arguments), &run.Arguments); err != nil {
		return run, err
	}
	if counts.Valid {
		err = json.Unmarshal([]byte(counts.String), &run.Counts)
		delete(run.Counts, "rows") // earlier versions stored the sum as well
	}
	return run, err
}
