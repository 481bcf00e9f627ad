package file

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// sqlCountStates counts the rows of the run ?1 by state, as an object.
const sqlCountStates = `(SELECT json_group_object(state, rows) FROM (
	SELECT state, count(*) AS rows FROM (
		SELECT state FROM rows WHERE run = ?1 UNION ALL SELECT state FROM intended WHERE run = ?1)
	GROUP BY state))`

// CountStates implements [ledger.Store]. The rows are counted only for a run that has not ended: otherwise the
// numbers are stored.
func (l *Ledger) CountStates(ctx context.Context, run ledger.PastRun) (map[rowstate.State]int, error) {
	var stored sql.NullString
	err := l.db.QueryRowContext(ctx, `SELECT states FROM runs WHERE number = ?`, run.Number).Scan(&stored)
	if err == nil && !stored.Valid {
		err = l.db.QueryRowContext(ctx, `SELECT `+sqlCountStates, run.Number).Scan(&stored)
	}
	if err != nil {
		return nil, l.wrap("read the ledger", err)
	}
	var counts map[rowstate.State]int
	if err := json.Unmarshal([]byte(stored.String), &counts); err != nil {
		return nil, l.wrap("read the ledger", err)
	}
	for state, rows := range counts {
		if rows == 0 {
			delete(counts, state)
		}
	}
	return counts, nil
}

// storeStates stores the numbers of the runs of a target that crashed. None of its runs may be in progress.
func (l *Ledger) storeStates(ctx context.Context, target string) error {
	crashed, err := collect(ctx, l.db, func(rows *sql.Rows) (run int64, err error) {
		return run, rows.Scan(&run)
	}, `SELECT number FROM runs WHERE target = ? AND states IS NULL`, target)
	if err != nil || len(crashed) == 0 {
		return l.wrap("read the ledger", err)
	}
	return l.transact(ctx, "record the rows in the ledger", func(tx *sql.Tx) error {
		for _, run := range crashed {
			if _, err := tx.ExecContext(ctx, `UPDATE runs SET states = `+sqlCountStates+` WHERE number = ?1`, run); err != nil {
				return err
			}
		}
		return nil
	})
}
