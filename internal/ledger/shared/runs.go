package shared

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/schema"
)

const selectRuns = `
	SELECT number, id, command, target, profile, provider, file, sha256, format, encoding, folder, arguments, before_file, rows_read, part_of, expires,
	       who, started, ended, exit_status, counts, failed_file, results_file, pruned
	FROM usher.runs `

// Runs implements [ledger.Store].
func (l *Ledger) Runs(ctx context.Context) iter.Seq2[ledger.PastRun, error] {
	return ledger.Paged(func(last *ledger.PastRun) ([]ledger.PastRun, error) {
		if last == nil {
			return l.runs(ctx, `WHERE pruned IS NULL ORDER BY number DESC LIMIT $1`, ledger.PageSize)
		}
		return l.runs(ctx, `WHERE pruned IS NULL AND number < $1 ORDER BY number DESC LIMIT $2`, last.Number, ledger.PageSize)
	})
}

// Run implements [ledger.Store].
func (l *Ledger) Run(ctx context.Context, word string) (ledger.PastRun, error) {
	if word == "last" {
		return l.oneRun(ctx, word, `WHERE pruned IS NULL ORDER BY number DESC LIMIT 1`)
	}
	run, err := l.oneRun(ctx, word, `WHERE id = $1`, word)
	if !is[*ledger.RunError](err) {
		return run, err
	}
	word = strings.ToLower(word)
	run, err = l.oneRun(ctx, word, `WHERE $1 <> '' AND (starts_with(id, $1) OR substr(id, 17) = $1) ORDER BY number DESC LIMIT 10`, word)
	if missing, ok := errors.AsType[*ledger.RunError](err); ok && len(missing.Matches) == 0 {
		ids, failed := collect(ctx, l.pool, pgx.RowTo[string], `SELECT id FROM usher.runs ORDER BY number DESC LIMIT $1`, ledger.PageSize)
		if failed != nil {
			return ledger.PastRun{}, l.wrap("read the shared ledger", failed)
		}
		missing.Nearest = schema.Nearest(word, ids)
	}
	return run, err
}

// oneRun returns the single run of a query.
func (l *Ledger) oneRun(ctx context.Context, word, where string, args ...any) (ledger.PastRun, error) {
	runs, err := l.runs(ctx, where, args...)
	if err != nil {
		return ledger.PastRun{}, err
	}
	return ledger.OneOf(word, runs)
}

// Parts implements [ledger.Store].
func (l *Ledger) Parts(ctx context.Context, run ledger.PastRun) ([]ledger.PastRun, error) {
	return l.runs(ctx, `WHERE id = $1 OR part_of = $1 ORDER BY number`, cmp.Or(run.PartOf, run.ID))
}

func (l *Ledger) runs(ctx context.Context, where string, args ...any) ([]ledger.PastRun, error) {
	runs, err := collect(ctx, l.pool, scanRun, selectRuns+where, args...)
	return runs, l.wrap("read the shared ledger", err)
}

func scanRun(row pgx.CollectableRow) (run ledger.PastRun, err error) {
	var (
		started                time.Time
		expires, ended, pruned *time.Time
	)
	err = row.Scan(&run.Number, &run.ID, &run.Command, &run.Target, &run.Profile, &run.Provider,
		&run.Source.File, &run.Source.SHA256, &run.Source.Format, &run.Source.Encoding, &run.WorkDir, &run.Arguments, &run.BeforeFile, &run.Rows, &run.PartOf, &expires,
		&run.Who, &started, &ended, &run.ExitStatus, &run.Counts, &run.FailedFile, &run.ResultsFile, &pruned)
	run.Started, run.Ended, run.Pruned, run.Expires = moment(&started), moment(ended), moment(pruned), moment(expires)
	return run, err
}
