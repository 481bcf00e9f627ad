package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Settlement says what became of a row in doubt, as the administrator or the
// provider saw it.
type Settlement struct {
	// Row is the ordinal of the row.
	Row int
	// State is Created, Existing or Absent.
	State State
	// UserID is the provider's id, where it is known.
	UserID string
}

// Settle ends the doubt about a row, which must be sent or unknown, and about
// its person in every other run: those rows become Existing where the person
// exists, Absent where not. The lock must be on the run's target, and no run of
// it under way. It fails with a [*RowError] where the row is in another state.
func (l *Ledger) Settle(ctx context.Context, lock *Lock, run PastRun, s Settlement) error {
	if !s.State.isSettlement() {
		return fmt.Errorf("settle row %d: %q is not a settlement", s.Row, s.State)
	}
	if err := lock.covers(run); err != nil {
		return err
	}
	return l.transact(ctx, "settle the row in the ledger", func(tx *sql.Tx) error {
		digest, state, err := rowState(ctx, tx, run, s.Row)
		if err != nil {
			return err
		}
		if !state.InDoubt() {
			return &RowError{Run: run.ID, Row: s.Row, State: state, Op: "settle"}
		}
		now, others := stamp(time.Now()), s.State
		if others == Created {
			others = Existing
		}
		if _, err := tx.ExecContext(ctx, `UPDATE rows SET state = ?, user_id = ?, ended = ? WHERE run = ? AND row = ?`,
			string(s.State), s.UserID, now, run.number, s.Row); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE rows SET state = ?3, user_id = ?4, ended = ?1 WHERE `+sqlOfPerson+` AND state IN `+sqlInDoubt,
			now, digest, string(others), s.UserID)
		return err
	})
}

// SettleAllAbsent takes every person in doubt at the lock's target as never
// made, so that they are sent again: knowingly, for nobody has looked. No run may
// be under way. It gives the number of rows that were settled.
func (l *Ledger) SettleAllAbsent(ctx context.Context, lock *Lock) (rows int, err error) {
	err = l.transact(ctx, "settle the rows in the ledger", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE rows INDEXED BY rows_in_doubt SET state = 'absent', ended = ?
			WHERE state IN `+sqlInDoubt+` AND run IN (SELECT number FROM runs WHERE target = ?)`, stamp(time.Now()), lock.target)
		return affected(result, err, &rows)
	})
	return rows, err
}

// Forget records that people were deleted at the provider: those of the named
// rows, which must be created or existing, or of every created row of the run
// where none is named. All that any run knows of them is taken back, so that
// they count as new. The lock must be on the run's target, and no run of it under
// way. It gives the number of the run's rows that were forgotten, and fails with a [*RowError], and
// changes nothing, where a named row is in another state.
func (l *Ledger) Forget(ctx context.Context, lock *Lock, run PastRun, rows ...int) (forgotten int, err error) {
	if err := lock.covers(run); err != nil {
		return 0, err
	}
	err = l.transact(ctx, "forget the rows in the ledger", func(tx *sql.Tx) error {
		if len(rows) == 0 {
			forgotten, err = forgetCreated(ctx, tx, run)
			return err
		}
		forgotten = len(rows)
		return forgetRows(ctx, tx, run, rows)
	})
	if err != nil {
		return 0, err
	}
	return forgotten, nil
}

// sqlForget takes back what is known of people; the condition that says of
// whom follows it.
const sqlForget = `UPDATE rows SET state = 'forgotten', ended = ? WHERE (state IN ` + sqlPresent + ` OR state IN ` + sqlInDoubt + `) AND `

func forgetCreated(ctx context.Context, tx *sql.Tx, run PastRun) (rows int, err error) {
	const created = `FROM rows WHERE run = ? AND state = 'created'`
	if err := tx.QueryRowContext(ctx, `SELECT count(*) `+created, run.number).Scan(&rows); err != nil {
		return 0, err
	}
	now := stamp(time.Now())
	if _, err := tx.ExecContext(ctx, sqlForget+`(run, row) IN (
		SELECT run, row FROM digests WHERE digest IN (SELECT digest `+created+`))`, now, run.number); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, sqlForget+`run = ? AND state = 'created'`, now, run.number) // rows without a key
	return rows, err
}

func forgetRows(ctx context.Context, tx *sql.Tx, run PastRun, rows []int) error {
	digests := make([][]byte, len(rows))
	for i, row := range rows {
		digest, state, err := rowState(ctx, tx, run, row)
		if err != nil {
			return err
		}
		if !state.Present() {
			return &RowError{Run: run.ID, Row: row, State: state, Op: "forget"}
		}
		digests[i] = digest
	}
	now := stamp(time.Now())
	for i, row := range rows {
		if _, err := tx.ExecContext(ctx, sqlForget+`run = ? AND row = ?`, now, run.number, row); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, sqlForget+sqlOfPerson, now, digests[i]); err != nil {
			return err
		}
	}
	return nil
}

// rowState gives the digest, nil for none, and the state of a row, "" where
// the run has no such row.
func rowState(ctx context.Context, tx *sql.Tx, run PastRun, row int) (digest []byte, state State, err error) {
	err = tx.QueryRowContext(ctx, `SELECT digest, state FROM rows WHERE run = ? AND row = ?`, run.number, row).Scan(&digest, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", nil
	}
	return digest, state, err
}

// covers fails where the lock is on another target than the run's.
func (k *Lock) covers(run PastRun) error {
	if k.target != run.Target {
		return fmt.Errorf("run %s is on %s, and the lock on %s", run.ID, run.Target, k.target)
	}
	return nil
}

func affected(result sql.Result, err error, rows *int) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	*rows = int(n)
	return err
}
