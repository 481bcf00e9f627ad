package shared

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const (
	// fieldSeparator separates the names of fields in a row.
	fieldSeparator = "\n"

	selectRows = `
		SELECT row, line, digest, state, user_id, group_id, class, message, attempts, started, ended, doubt, proof, sends, resends, word, due, not_stored
		FROM usher.rows WHERE run = $1 `
)

// Rows implements [ledger.Store].
func (l *Ledger) Rows(ctx context.Context, run ledger.PastRun, states ...rowstate.State) iter.Seq2[ledger.Entry, error] {
	wanted := make([]string, len(states))
	for n, state := range states {
		wanted[n] = string(state)
	}
	return ledger.Paged(func(last *ledger.Entry) ([]ledger.Entry, error) {
		after := 0
		if last != nil {
			after = last.Row
		}
		return l.rows(ctx, run, `AND row > $2 AND ($3 OR state = ANY ($4)) ORDER BY row LIMIT $5`, after, len(wanted) == 0, wanted, ledger.PageSize)
	})
}

// Between implements [file.Source].
func (l *Ledger) Between(ctx context.Context, run ledger.PastRun, first, last int) ([]ledger.Entry, error) {
	return l.rows(ctx, run, `AND row BETWEEN $2 AND $3 ORDER BY row`, first, last)
}

// RowsAt implements [ledger.Store].
func (l *Ledger) RowsAt(ctx context.Context, run ledger.PastRun, line int) ([]ledger.Entry, error) {
	return l.rows(ctx, run, `AND line = $2 ORDER BY row LIMIT $3`, line, ledger.PageSize)
}

// rows reads rows of a run. The condition has further parameters after the first, the run.
func (l *Ledger) rows(ctx context.Context, run ledger.PastRun, where string, args ...any) ([]ledger.Entry, error) {
	rows, err := collect(ctx, l.pool, func(from pgx.CollectableRow) (ledger.Entry, error) {
		row, err := scanRow(from)
		row.Run = run.ID
		return row, err
	}, selectRows+where, append([]any{run.Number}, args...)...)
	return rows, l.wrap("read the shared ledger", err)
}

func scanRow(from pgx.CollectableRow) (row ledger.Entry, err error) {
	var (
		digest         []byte
		started, ended *time.Time
		notStored      string
	)
	err = from.Scan(&row.Row, &row.Line, &digest, &row.State, &row.UserID, &row.Group, &row.Class, &row.Message, &row.Attempts,
		&started, &ended, &row.Doubt, &row.Proof, &row.Sends, &row.Resends, &row.Word, &row.Due, &notStored)
	copy(row.Digest[:], digest)
	row.Started, row.Ended = moment(started), moment(ended)
	if notStored != "" {
		row.NotStored = strings.Split(notStored, fieldSeparator)
	}
	return row, err
}

// HasUser implements [ledger.Store].
func (l *Ledger) HasUser(ctx context.Context, run ledger.PastRun, digests ...ledger.Digest) (has bool, err error) {
	err = l.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM usher.digests WHERE digest = ANY ($1) AND run = $2)`, blobs(digests), run.Number).Scan(&has)
	return has, l.wrap("read the shared ledger", err)
}

// CountStates implements [ledger.Store]. The rows are counted only if that was not done since they changed.
func (l *Ledger) CountStates(ctx context.Context, run ledger.PastRun) (counts map[rowstate.State]int, err error) {
	err = l.pool.QueryRow(ctx, `SELECT coalesce(states, usher.count_states(number)) FROM usher.runs WHERE number = $1`, run.Number).Scan(&counts)
	return counts, l.wrap("read the shared ledger", err)
}

// storeStates counts the rows of the runs of a target that were not counted, because they crashed or changed.
func (l *Ledger) storeStates(ctx context.Context, target string) error {
	_, err := l.pool.Exec(ctx, `UPDATE usher.runs SET states = usher.count_states(number) WHERE target = $1 AND states IS NULL`, target)
	return l.wrap("record the rows in the shared ledger", err)
}

// Causes implements [ledger.Store].
func (l *Ledger) Causes(ctx context.Context, run ledger.PastRun, limit int) ([]ledger.Cause, error) {
	causes, err := collect(ctx, l.pool, func(row pgx.CollectableRow) (c ledger.Cause, err error) {
		return c, row.Scan(&c.Class, &c.Message, &c.Rows, &c.Line)
	}, `SELECT class, message, count(*), min(line) FROM usher.rows
		WHERE run = $1 AND (state IN ('failed', 'unknown', 'change_unknown', 'removal_unknown') OR class IN ('duplicate', '`+ledger.ClassSharedID+`'))
		GROUP BY class, message ORDER BY count(*) DESC, min(row) LIMIT $2`, run.Number, limit)
	return causes, l.wrap("read the shared ledger", err)
}

// NotStored implements [ledger.Store].
func (l *Ledger) NotStored(ctx context.Context, run ledger.PastRun) ([]ledger.FieldCount, error) {
	counts, err := collect(ctx, l.pool, func(row pgx.CollectableRow) (c ledger.FieldCount, err error) {
		return c, row.Scan(&c.Field, &c.Rows)
	}, `SELECT field, count(*) FROM usher.rows, unnest(string_to_array(not_stored, chr(10))) AS field WHERE run = $1 AND not_stored <> '' GROUP BY field`, run.Number)
	slices.SortFunc(counts, func(a, b ledger.FieldCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Field, b.Field))
	})
	return counts, l.wrap("read the shared ledger", err)
}
