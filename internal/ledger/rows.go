package ledger

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"
	"time"
)

// Row is a row of a run as the ledger remembers it.
type Row struct {
	Outcome
	// Run is the id of the row's run.
	Run string
	// Started is when it was last sent and Ended when the last outcome was noted; zero where that never happened.
	Started, Ended time.Time
}

const (
	rowColumns = `run, row, line, digest, state, user_id, class, message, attempts, started, ended`
	// fromInDoubt reads the rows in doubt of all runs that have ended, which are few.
	fromInDoubt = `
		FROM rows INDEXED BY rows_in_doubt CROSS JOIN runs ON runs.number = rows.run
		WHERE rows.state IN ` + sqlInDoubt + ` AND runs.target = ? `
)

// Rows yields the rows of a run in their order: those in one of the states,
// or all where none is given. A row that was not tried has no entry.
func (l *Ledger) Rows(ctx context.Context, run PastRun, states ...State) iter.Seq2[Row, error] {
	if len(states) == 0 {
		states = States()
	}
	where := `WHERE run = ? AND row > ? AND state IN (` + places(len(states)) + `) ORDER BY row LIMIT ?`
	return paged(func(last *Row) ([]Row, error) {
		args := []any{run.number, 0}
		if last != nil {
			args[1] = last.Row
		}
		for _, state := range states {
			args = append(args, string(state))
		}
		return l.rows(ctx, run, where, append(args, pageSize)...)
	})
}

// RowsAt gives the rows of a run that begin on a line of its roster: one as a
// rule, several where a file has several records on a line.
func (l *Ledger) RowsAt(ctx context.Context, run PastRun, line int) ([]Row, error) {
	return l.rows(ctx, run, `WHERE run = ? AND line = ? ORDER BY row LIMIT ?`, run.number, line, pageSize)
}

// CountStates counts the rows of a run by state. Rows that were not tried
// have no entry.
func (l *Ledger) CountStates(ctx context.Context, run PastRun) (map[State]int, error) {
	type count struct {
		state State
		rows  int
	}
	counts, err := collect(ctx, l.db, func(rows *sql.Rows) (c count, err error) {
		return c, rows.Scan(&c.state, &c.rows)
	}, `SELECT state, count(*) FROM (
		SELECT state FROM rows WHERE run = ?1 UNION ALL SELECT state FROM intended WHERE run = ?1) GROUP BY state`, run.number)
	byState := make(map[State]int, len(counts))
	for _, c := range counts {
		byState[c.state] = c.rows
	}
	return byState, l.wrap("read the ledger", err)
}

// Cause is one reason for which rows failed or are unknown.
type Cause struct {
	// Class and Message are those of the rows' last error.
	Class, Message string
	// Rows is how many rows have it, and Line the place of the first of them.
	Rows, Line int
}

// Causes gives the most frequent causes of a run's failed and unknown rows,
// most rows first, at most limit of them.
func (l *Ledger) Causes(ctx context.Context, run PastRun, limit int) ([]Cause, error) {
	causes, err := collect(ctx, l.db, func(rows *sql.Rows) (c Cause, err error) {
		return c, rows.Scan(&c.Class, &c.Message, &c.Rows, &c.Line)
	}, `SELECT class, message, count(*), min(line) FROM rows WHERE run = ? AND state IN ('failed', 'unknown', 'uncertain')
		GROUP BY class, message ORDER BY count(*) DESC, min(row) LIMIT ?`, run.number, limit)
	return causes, l.wrap("read the ledger", err)
}

// rows reads a page of a run's rows, from the table of rows and from lists. The
// condition ends with the order and the limit of the page.
func (l *Ledger) rows(ctx context.Context, run PastRun, where string, args ...any) ([]Row, error) {
	rows, err := collect(ctx, l.db, scanRow, `
		SELECT * FROM (SELECT `+rowColumns+` FROM rows `+where+`)
		UNION ALL
		SELECT * FROM (SELECT `+rowColumns+` FROM intended `+where+`)
		ORDER BY row LIMIT ?`, slices.Concat(args, args, []any{pageSize})...)
	for i := range rows {
		rows[i].Run = run.ID
	}
	return rows, l.wrap("read the ledger", err)
}

func scanRow(rows *sql.Rows) (row Row, err error) {
	var (
		number         int64
		digest         []byte
		started, ended sql.NullInt64
	)
	err = rows.Scan(&number, &row.Row, &row.Line, &digest, &row.State, &row.UserID, &row.Class, &row.Message,
		&row.Attempts, &started, &ended)
	copy(row.Digest[:], digest)
	row.Started, row.Ended = moment(started), moment(ended)
	return row, err
}

// places gives n placeholders of a list.
func places(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
