package ledger

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// writerCache is the page cache of the writing connection in KiB. The index of
// digests is written at random places, so it wants more than the default.
const writerCache = "4096"

// statements are the prepared statements of a writer.
type statements struct {
	begin, commit, rollback          *sql.Stmt
	intend, withdraw, record, settle *sql.Stmt
	state                            *sql.Stmt
}

func prepareStatements(ctx context.Context, conn *sql.Conn) (*statements, error) {
	if _, err := conn.ExecContext(ctx, "PRAGMA cache_size = -"+writerCache); err != nil {
		return nil, err
	}
	s := &statements{}
	for _, each := range []struct {
		into **sql.Stmt
		text string
	}{
		{&s.begin, `BEGIN IMMEDIATE`},
		{&s.commit, `COMMIT`},
		{&s.rollback, `ROLLBACK`},
		{&s.intend, `
			INSERT INTO rows (run, row, line, digest, state, attempts, started) VALUES (?, ?, ?, ?, 'sent', 1, ?)
			ON CONFLICT (run, row) DO UPDATE
			SET state = 'sent', attempts = attempts + 1, started = excluded.started, ended = NULL
			WHERE state NOT IN ` + sqlPresent},
		{&s.withdraw, `DELETE FROM rows WHERE run = ? AND row = ? AND state IN ` + sqlIntended},
		{&s.record, `
			INSERT INTO rows (run, row, line, digest, state, user_id, class, message, attempts, ended)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (run, row) DO UPDATE
			SET state = excluded.state, user_id = excluded.user_id, class = excluded.class, message = excluded.message,
			    attempts = max(attempts, excluded.attempts), ended = excluded.ended
			WHERE state NOT IN ` + sqlPresent + ` OR state = excluded.state`},
		{&s.settle, `
			UPDATE rows SET state = 'existing', user_id = ?, ended = ?
			WHERE digest = ? AND run <> ? AND state IN ` + sqlInDoubt},
		{&s.state, `SELECT state FROM rows WHERE run = ? AND row = ?`},
	} {
		stmt, err := conn.PrepareContext(ctx, each.text)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		*each.into = stmt
	}
	return s, nil
}

func (s *statements) close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{s.begin, s.commit, s.rollback, s.intend, s.withdraw, s.record, s.settle, s.state} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}

// commit writes a batch in one transaction. It gives why changes were
// refused, by their place in the batch; err means that nothing was written.
func (w *writer) commit(batch []change) (refusals map[int]error, err error) {
	if !slices.ContainsFunc(batch, func(c change) bool { return c.kind != flush }) {
		return nil, nil
	}
	ctx := context.Background() // a commit is never left half-way
	if _, err := w.stmts.begin.ExecContext(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_, _ = w.stmts.rollback.ExecContext(ctx) // the store may have done so itself
		}
	}()
	for i, c := range batch {
		refusal, err := w.apply(ctx, c)
		if err != nil {
			return nil, err
		}
		if refusal != nil {
			if refusals == nil {
				refusals = make(map[int]error)
			}
			refusals[i] = refusal
		}
	}
	_, err = w.stmts.commit.ExecContext(ctx)
	return refusals, err
}

// apply makes one change. A refusal concerns this change alone; err ends the
// transaction.
func (w *writer) apply(ctx context.Context, c change) (refusal, err error) {
	o := c.outcome
	var op string
	var result sql.Result
	switch c.kind {
	case intend:
		op = "send"
		result, err = w.stmts.intend.ExecContext(ctx, w.run, o.Row, o.Line, o.Digest.blob(), c.at)
	case withdraw:
		op = "withdraw"
		result, err = w.stmts.withdraw.ExecContext(ctx, w.run, o.Row)
	case record:
		op = "record " + string(o.State) + " for"
		result, err = w.stmts.record.ExecContext(ctx, w.run, o.Row, o.Line, o.Digest.blob(),
			string(o.State), o.UserID, o.Class, o.Message, o.Attempts, c.at)
	default:
		return nil, nil
	}
	if err != nil {
		if isConstraint(err) {
			return err, nil
		}
		return nil, err
	}
	if changed, err := result.RowsAffected(); err != nil || changed == 0 {
		return w.refuse(ctx, op, o.Row, err)
	}
	if c.kind == record && w.doubts && o.State.Present() && !o.Digest.IsZero() {
		_, err = w.stmts.settle.ExecContext(ctx, o.UserID, c.at, o.Digest.blob(), w.run)
	}
	return nil, err
}

// refuse says that a row's state does not allow a change.
func (w *writer) refuse(ctx context.Context, op string, row int, err error) (refusal, _ error) {
	if err != nil {
		return nil, err
	}
	refused := &RowError{Row: row, Op: op}
	err = w.stmts.state.QueryRowContext(ctx, w.run, row).Scan(&refused.State)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return refused, err
}
