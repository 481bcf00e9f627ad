package ledger

import (
	"context"
	"database/sql"
	"iter"
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

	number int64 // of the run
}

const (
	selectRow = `
		SELECT rows.run, runs.id, rows.row, rows.line, rows.digest, rows.state, rows.user_id, rows.class, rows.message,
		       rows.attempts, rows.started, rows.ended `
	selectRows = selectRow + `FROM rows JOIN runs ON runs.number = rows.run `
	// fromInDoubt reads the rows in doubt of all runs, which are few, in their order.
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
	return paged(func(last *Row) ([]Row, error) {
		args := []any{run.number, 0}
		if last != nil {
			args[1] = last.Row
		}
		for _, state := range states {
			args = append(args, string(state))
		}
		return l.rows(ctx, selectRows+`WHERE rows.run = ? AND rows.row > ? AND rows.state IN (`+places(len(states))+`) ORDER BY rows.row LIMIT ?`,
			append(args, pageSize)...)
	})
}

// RowsAt gives the rows of a run that begin on a line of its roster: one as a
// rule, several where a file has several records on a line.
func (l *Ledger) RowsAt(ctx context.Context, run PastRun, line int) ([]Row, error) {
	return l.rows(ctx, selectRows+`WHERE rows.run = ? AND rows.line = ? ORDER BY rows.row`, run.number, line)
}

// InDoubt yields the people of a target of whom it is not known whether they
// exist, oldest first: for each the latest row in doubt. Rows without a key
// stand for themselves.
func (l *Ledger) InDoubt(ctx context.Context, target string) iter.Seq2[Row, error] {
	return paged(func(last *Row) ([]Row, error) {
		run, row := int64(0), 0
		if last != nil {
			run, row = last.number, last.Row
		}
		return l.rows(ctx, selectRow+fromInDoubt+`
			AND (rows.run, rows.row) > (?, ?) AND NOT EXISTS (
				SELECT 1 FROM rows AS other
				WHERE other.digest = rows.digest
				  AND (other.state IN `+sqlPresent+`
				       OR other.state IN `+sqlInDoubt+` AND (other.run, other.row) > (rows.run, rows.row)))
			ORDER BY rows.run, rows.row LIMIT ?`, target, run, row, pageSize)
	})
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
	}, `SELECT state, count(*) FROM rows WHERE run = ? GROUP BY state`, run.number)
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

func (l *Ledger) rows(ctx context.Context, query string, args ...any) ([]Row, error) {
	rows, err := collect(ctx, l.db, scanRow, query, args...)
	return rows, l.wrap("read the ledger", err)
}

func scanRow(rows *sql.Rows) (row Row, err error) {
	var (
		digest         []byte
		started, ended sql.NullInt64
	)
	err = rows.Scan(&row.number, &row.Run, &row.Row, &row.Line, &digest, &row.State, &row.UserID, &row.Class, &row.Message,
		&row.Attempts, &started, &ended)
	copy(row.Digest[:], digest)
	row.Started, row.Ended = moment(started), moment(ended)
	return row, err
}

// places gives n placeholders of a list.
func places(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
