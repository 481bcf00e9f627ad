package shared

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// covers returns an error if the lock is on another target than the run's.
func (k *Lock) covers(run ledger.PastRun) error {
	if k.target != run.Target {
		return fmt.Errorf("run %s is on %s, but the lock on %s", run.ID, run.Target, k.target)
	}
	return nil
}

// change changes rows of the target in one transaction: each statement returns the numbers of the runs with changed rows, which
// are counted again. Rows is the number of rows that the first statement changed.
func (k *Lock) change(ctx context.Context, op string, statements func(pgx.Tx) ([]statement, error)) (rows int, err error) {
	err = k.transact(ctx, op, func(tx pgx.Tx) error {
		changes, err := statements(tx)
		if err != nil {
			return err
		}
		var all []int64
		for n, s := range changes {
			runs, err := collect(ctx, tx, pgx.RowTo[int64], s.text+` RETURNING run`, s.args...)
			if err != nil {
				return err
			}
			if n == 0 {
				rows = len(runs)
			}
			all = append(all, runs...)
		}
		_, err = tx.Exec(ctx, `UPDATE usher.runs SET states = usher.count_states(number) WHERE number = ANY ($1) AND states IS NOT NULL`, all)
		return err
	})
	return rows, err
}

// statement is an UPDATE of rows.
type statement struct {
	text string
	args []any
}

// Settle implements [ledger.Lock].
func (k *Lock) Settle(ctx context.Context, run ledger.PastRun, s ledger.Settlement) error {
	if !s.State.IsSettlement() {
		return fmt.Errorf("settle row %d: %q is not a settlement", s.Row, s.State)
	}
	if err := k.covers(run); err != nil {
		return err
	}
	_, err := k.change(ctx, "settle the row in the shared ledger", func(tx pgx.Tx) ([]statement, error) {
		digest, state, err := rowState(ctx, tx, run, s.Row)
		if err != nil {
			return nil, err
		}
		if !state.InDoubt() {
			return nil, &ledger.StateError{Run: run.ID, Row: s.Row, State: state, Op: "settle"}
		}
		others := s.State
		if others == rowstate.Created {
			others = rowstate.Existing
		}
		return []statement{
			{`UPDATE usher.rows SET state = $3, user_id = $4, ended = now(), doubt = '', word = true WHERE run = $1 AND row = $2`,
				[]any{run.Number, s.Row, string(s.State), s.UserID}},
			{`UPDATE usher.rows SET state = $2, user_id = $3, ended = now(), doubt = '', word = true WHERE ` + sqlOfPerson + ` AND state IN ` + sqlInDoubt,
				[]any{digest, string(others), s.UserID}},
		}, nil
	})
	return err
}

// SettleAllAbsent implements [ledger.Lock].
func (k *Lock) SettleAllAbsent(ctx context.Context) (rows int, err error) {
	return k.change(ctx, "settle the rows in the shared ledger", func(pgx.Tx) ([]statement, error) {
		return []statement{{`UPDATE usher.rows SET state = 'not_created', ended = now()
			WHERE state IN ` + sqlInDoubt + ` AND run IN (SELECT number FROM usher.runs WHERE target = $1 AND (states IS NULL OR states ?| ARRAY['sent', 'unknown']))`,
			[]any{k.target}}}, nil
	})
}

// sqlForget removes what is known of users. The condition that selects them follows.
const sqlForget = `UPDATE usher.rows SET state = CASE state WHEN 'not_created' THEN state ELSE 'forgotten' END, ended = now(), doubt = '', word = false, due = false
	WHERE (state IN ` + sqlPresent + ` OR state IN ` + sqlInDoubt + ` OR state = 'gone' OR word) AND `

// Forget implements [ledger.Lock].
func (k *Lock) Forget(ctx context.Context, run ledger.PastRun, rows ...int) (forgotten int, err error) {
	if len(rows) == 0 {
		return k.forgetIn(ctx, run, rowstate.Created)
	}
	if err := k.covers(run); err != nil {
		return 0, err
	}
	_, err = k.change(ctx, "forget the rows in the shared ledger", func(tx pgx.Tx) (changes []statement, err error) {
		for _, row := range rows {
			digest, state, err := rowState(ctx, tx, run, row)
			if err != nil {
				return nil, err
			}
			if !state.Present() && state != rowstate.Gone {
				return nil, &ledger.StateError{Run: run.ID, Row: row, State: state, Op: "forget"}
			}
			changes = append(changes, statement{sqlForget + `run = $1 AND row = $2`, []any{run.Number, row}}, statement{sqlForget + sqlOfPerson, []any{digest}})
		}
		return changes, nil
	})
	if err != nil {
		return 0, err
	}
	return len(rows), nil
}

// ForgetGone implements [ledger.Lock].
func (k *Lock) ForgetGone(ctx context.Context, run ledger.PastRun) (forgotten int, err error) {
	return k.forgetIn(ctx, run, rowstate.Gone)
}

// forgetIn forgets the users of the run's rows in a state.
func (k *Lock) forgetIn(ctx context.Context, run ledger.PastRun, state rowstate.State) (rows int, err error) {
	if err := k.covers(run); err != nil {
		return 0, err
	}
	_, err = k.change(ctx, "forget the rows in the shared ledger", func(tx pgx.Tx) ([]statement, error) {
		const those = `FROM usher.rows WHERE run = $1 AND state = $2`
		if err := tx.QueryRow(ctx, `SELECT count(*) `+those, run.Number, string(state)).Scan(&rows); err != nil {
			return nil, err
		}
		return []statement{
			{sqlForget + `(run, row) IN (SELECT run, row FROM usher.digests WHERE digest IN (SELECT digest ` + those + `))`, []any{run.Number, string(state)}},
			{sqlForget + `run = $1 AND state = $2`, []any{run.Number, string(state)}}, // rows without a key
		}, nil
	})
	if err != nil {
		return 0, err
	}
	return rows, nil
}

// rowState returns the digest, nil for none, and the state of a row, "" if the run has no such row.
func rowState(ctx context.Context, tx pgx.Tx, run ledger.PastRun, row int) (digest []byte, state rowstate.State, err error) {
	err = tx.QueryRow(ctx, `SELECT digest, state FROM usher.rows WHERE run = $1 AND row = $2`, run.Number, row).Scan(&digest, &state)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, "", nil
	}
	return digest, state, err
}
