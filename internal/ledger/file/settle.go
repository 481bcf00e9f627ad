package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Settle implements [ledger.Lock].
func (k *Lock) Settle(ctx context.Context, run ledger.PastRun, s ledger.Settlement) error {
	if !s.State.IsSettlement() {
		return fmt.Errorf("settle row %d: %q is not a settlement", s.Row, s.State)
	}
	if err := k.covers(run); err != nil {
		return err
	}
	return k.ledger.transact(ctx, "settle the row in the ledger", func(tx *sql.Tx) error {
		digest, state, err := rowState(ctx, tx, run, s.Row)
		if err != nil {
			return err
		}
		if !state.InDoubt() {
			return &ledger.StateError{Run: run.ID, Row: s.Row, State: state, Op: "settle"}
		}
		now, others := stamp(time.Now()), s.State
		if others == rowstate.Created {
			others = rowstate.Existing
		}
		const word = true // by the administrator, without evidence
		if _, err := tx.ExecContext(ctx, `UPDATE rows SET state = ?, user_id = ?, ended = ?, doubt = '', word = ? WHERE run = ? AND row = ?`,
			string(s.State), s.UserID, now, word, run.Number, s.Row); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE rows SET state = ?3, user_id = ?4, ended = ?1, doubt = '', word = ?5 WHERE `+sqlOfPerson+` AND state IN `+sqlInDoubt,
			now, digest, string(others), s.UserID, word)
		return err
	})
}

// SettleAllAbsent implements [ledger.Lock].
func (k *Lock) SettleAllAbsent(ctx context.Context) (rows int, err error) {
	err = k.ledger.transact(ctx, "settle the rows in the ledger", func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE rows INDEXED BY rows_in_doubt SET state = 'not_created', ended = ?
			WHERE state IN `+sqlInDoubt+` AND run IN (SELECT number FROM runs WHERE target = ?)`, stamp(time.Now()), k.target)
		return affected(result, err, &rows)
	})
	return rows, err
}

// Forget implements [ledger.Lock].
func (k *Lock) Forget(ctx context.Context, run ledger.PastRun, rows ...int) (forgotten int, err error) {
	if err := k.covers(run); err != nil {
		return 0, err
	}
	return k.ledger.forget(ctx, func(tx *sql.Tx) error {
		if len(rows) == 0 {
			forgotten, err = forgetIn(ctx, tx, run, rowstate.Created)
			return err
		}
		forgotten = len(rows)
		return forgetRows(ctx, tx, run, rows)
	}, &forgotten)
}

// ForgetGone implements [ledger.Lock].
func (k *Lock) ForgetGone(ctx context.Context, run ledger.PastRun) (forgotten int, err error) {
	if err := k.covers(run); err != nil {
		return 0, err
	}
	return k.ledger.forget(ctx, func(tx *sql.Tx) error {
		forgotten, err = forgetIn(ctx, tx, run, rowstate.Gone)
		return err
	}, &forgotten)
}

func (l *Ledger) forget(ctx context.Context, change func(*sql.Tx) error, forgotten *int) (int, error) {
	if err := l.transact(ctx, "forget the rows in the ledger", change); err != nil {
		return 0, err
	}
	return *forgotten, nil
}

// sqlForget removes what is known of users. The condition that selects them follows.
const sqlForget = `UPDATE rows SET state = iif(state = 'not_created', state, 'forgotten'), ended = ?, doubt = '', word = 0, due = 0
	WHERE (state IN ` + sqlPresent + ` OR state IN ` + sqlInDoubt + ` OR state = 'gone' OR word = 1) AND `

// forgetIn forgets the users of the run's rows in a state.
func forgetIn(ctx context.Context, tx *sql.Tx, run ledger.PastRun, state rowstate.State) (rows int, err error) {
	const those = `FROM rows WHERE run = ? AND state = ?`
	if err := tx.QueryRowContext(ctx, `SELECT count(*) `+those, run.Number, string(state)).Scan(&rows); err != nil {
		return 0, err
	}
	now := stamp(time.Now())
	if _, err := tx.ExecContext(ctx, sqlForget+`(run, row) IN (
		SELECT run, row FROM digests WHERE digest IN (SELECT digest `+those+`))`, now, run.Number, string(state)); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, sqlForget+`run = ? AND state = ?`, now, run.Number, string(state)) // rows without a key
	return rows, err
}

func forgetRows(ctx context.Context, tx *sql.Tx, run ledger.PastRun, rows []int) error {
	digests := make([][]byte, len(rows))
	for i, row := range rows {
		digest, state, err := rowState(ctx, tx, run, row)
		if err != nil {
			return err
		}
		if !state.Present() && state != rowstate.Gone {
			return &ledger.StateError{Run: run.ID, Row: row, State: state, Op: "forget"}
		}
		digests[i] = digest
	}
	now := stamp(time.Now())
	for i, row := range rows {
		if _, err := tx.ExecContext(ctx, sqlForget+`run = ? AND row = ?`, now, run.Number, row); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, sqlForget+sqlOfPerson, now, digests[i]); err != nil {
			return err
		}
	}
	return nil
}

// rowState returns the digest, nil for none, and the state of a row, "" if the run has no such row.
func rowState(ctx context.Context, tx *sql.Tx, run ledger.PastRun, row int) (digest []byte, state rowstate.State, err error) {
	err = tx.QueryRowContext(ctx, `SELECT digest, state FROM rows WHERE run = ? AND row = ?`, run.Number, row).Scan(&digest, &state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", nil
	}
	return digest, state, err
}

// covers returns an error if the lock is on another target than the run's.
func (k *Lock) covers(run ledger.PastRun) error {
	if k.target != run.Target {
		return fmt.Errorf("run %s is on %s, but the lock on %s", run.ID, run.Target, k.target)
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
