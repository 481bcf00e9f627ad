package file

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

const (
	rowColumns = `run, row, line, digest, state, user_id, class, message, attempts, started, ended, doubt, proof, sends, resends, word, due, not_stored, group_id`
	// fromInDoubt reads the rows in doubt of all runs that have ended, which are few.
	fromInDoubt = `
		FROM rows INDEXED BY rows_in_doubt CROSS JOIN runs ON runs.number = rows.run
		WHERE rows.state IN ` + sqlInDoubt + ` AND runs.target = ? `
	// fromDue reads the rows whose user was settled as absent or must be looked up once more, which are few as
	// well.
	fromDue = `
		FROM (SELECT run FROM rows INDEXED BY rows_word WHERE word = 1 UNION ALL SELECT run FROM rows INDEXED BY rows_due WHERE due = 1) AS due
		CROSS JOIN runs ON runs.number = due.run WHERE runs.target = ? `
)

// Rows implements [ledger.Store].
func (l *Ledger) Rows(ctx context.Context, run ledger.PastRun, states ...rowstate.State) iter.Seq2[ledger.Entry, error] {
	if len(states) == 0 {
		states = rowstate.Stored()
	}
	return ledger.Paged(func(last *ledger.Entry) ([]ledger.Entry, error) { return l.page(ctx, run, last, states) })
}

// page returns the rows of a run in one of the states that follow the last one, nil for the first page.
func (l *Ledger) page(ctx context.Context, run ledger.PastRun, last *ledger.Entry, states []rowstate.State) ([]ledger.Entry, error) {
	args := []any{run.Number, 0}
	if last != nil {
		args[1] = last.Row
	}
	for _, state := range states {
		args = append(args, string(state))
	}
	return l.rows(ctx, run, `WHERE run = ? AND row > ? AND state IN (`+places(len(states))+`) ORDER BY row LIMIT ?`, append(args, ledger.PageSize)...)
}

// between returns the rows of a run from the first to the last number.
func (l *Ledger) between(ctx context.Context, run ledger.PastRun, first, last int) (rows []ledger.Entry, err error) {
	for more := true; more; {
		page, err := l.rows(ctx, run, `WHERE run = ? AND row BETWEEN ? AND ? ORDER BY row LIMIT ?`, run.Number, first, last, ledger.PageSize)
		if err != nil {
			return nil, err
		}
		if more = len(page) == ledger.PageSize; more {
			first = page[ledger.PageSize-1].Row + 1
		}
		rows = append(rows, page...)
	}
	return rows, nil
}

// RowsAt implements [ledger.Store].
func (l *Ledger) RowsAt(ctx context.Context, run ledger.PastRun, line int) ([]ledger.Entry, error) {
	return l.rows(ctx, run, `WHERE run = ? AND line = ? ORDER BY row LIMIT ?`, run.Number, line, ledger.PageSize)
}

// HasUser implements [ledger.Store].
func (l *Ledger) HasUser(ctx context.Context, run ledger.PastRun, digests ...ledger.Digest) (has bool, err error) {
	args := make([]any, len(digests), len(digests)+1)
	for i := range digests {
		args[i] = digests[i].Blob()
	}
	args = append(args, run.Number)
	err = l.db.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM digests WHERE digest IN (`+places(len(digests))+`) AND run = ?)
		    OR EXISTS (SELECT 1 FROM intended WHERE digest IN (`+places(len(digests))+`) AND run = ?)`, slices.Concat(args, args)...).Scan(&has)
	return has, l.wrap("read the ledger", err)
}

// Causes implements [ledger.Store].
func (l *Ledger) Causes(ctx context.Context, run ledger.PastRun, limit int) ([]ledger.Cause, error) {
	causes, err := collect(ctx, l.db, func(rows *sql.Rows) (c ledger.Cause, err error) {
		return c, rows.Scan(&c.Class, &c.Message, &c.Rows, &c.Line)
	}, `SELECT class, message, count(*), min(line) FROM rows WHERE run = ? AND (state IN ('failed', 'unknown', 'change_unknown', 'removal_unknown') OR class IN ('duplicate', '`+ledger.ClassSharedID+`'))
		GROUP BY class, message ORDER BY count(*) DESC, min(row) LIMIT ?`, run.Number, limit)
	return causes, l.wrap("read the ledger", err)
}

// rows reads a page of a run's rows, from the table of rows and from lists. The condition ends with the order and
// the limit of the page.
func (l *Ledger) rows(ctx context.Context, run ledger.PastRun, where string, args ...any) ([]ledger.Entry, error) {
	rows, err := collect(ctx, l.db, scanRow, `
		SELECT * FROM (SELECT `+rowColumns+` FROM rows `+where+`)
		UNION ALL
		SELECT * FROM (SELECT `+rowColumns+` FROM intended `+where+`)
		ORDER BY row LIMIT ?`, slices.Concat(args, args, []any{ledger.PageSize})...)
	for i := range rows {
		rows[i].Run = run.ID
	}
	return rows, l.wrap("read the ledger", err)
}

func scanRow(rows *sql.Rows) (row ledger.Entry, err error) {
	var (
		number         int64
		digest         []byte
		started, ended sql.NullInt64
		notStored      string
	)
	err = rows.Scan(&number, &row.Row, &row.Line, &digest, &row.State, &row.UserID, &row.Class, &row.Message,
		&row.Attempts, &started, &ended, &row.Doubt, &row.Proof, &row.Sends, &row.Resends, &row.Word, &row.Due, &notStored, &row.Group)
	copy(row.Digest[:], digest)
	row.Started, row.Ended = moment(started), moment(ended)
	if notStored != "" {
		row.NotStored = strings.Split(notStored, fieldSeparator)
	}
	return row, err
}

// places returns n placeholders of a list.
func places(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
