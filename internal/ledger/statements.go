package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// writerSettings are for the writing connection. The index of digests is written
// at random places, so it wants a larger page cache than the default, in KiB. A
// statement that writes many rows keeps a copy of each page that it changes, in
// case it fails half-way: in memory, not in a file.
const writerSettings = "PRAGMA cache_size = -4096; PRAGMA temp_store = memory"

// statements are the prepared statements of a writer.
type statements struct {
	begin, commit, rollback      *sql.Stmt
	savepoint, takeBack, release *sql.Stmt
	withdraw, settle, state      *sql.Stmt
	forget, forgetDoubted        *sql.Stmt
	forgetRow                    *sql.Stmt

	intend *grouped[sending]
	record *grouped[change]
}

// sending is a row that is about to be sent.
type sending struct {
	Intent
	at int64
}

// bind gives what an INSERT of the row takes.
func (s *sending) bind(args []any) []any { return append(args, s.Row, s.Line, s.Digest.blob(), s.at) }

// bind gives what an INSERT of the outcome takes.
func (c *change) bind(args []any) []any {
	o := &c.outcome
	return append(args, o.Row, o.Line, o.Digest.blob(), string(o.State), o.UserID, o.Class, o.Message, o.Attempts, c.at)
}

// prepareStatements prepares what the writer of a run needs.
func prepareStatements(ctx context.Context, conn *sql.Conn, run int64) (*statements, error) {
	if _, err := conn.ExecContext(ctx, writerSettings); err != nil {
		return nil, err
	}
	s := &statements{
		intend: &grouped[sending]{
			conn:   conn,
			into:   `INSERT INTO rows (run, row, line, digest, started, state, attempts)`,
			values: fmt.Sprintf(`(%d, ?, ?, ?, ?, 'sent', 1)`, run), bind: (*sending).bind,
			then: `
				ON CONFLICT (run, row) DO UPDATE
				SET state = 'sent', attempts = attempts + 1, started = excluded.started, ended = NULL
				WHERE state NOT IN ` + sqlPresent,
		},
		record: &grouped[change]{
			conn:   conn,
			into:   `INSERT INTO rows (run, row, line, digest, state, user_id, class, message, attempts, ended)`,
			values: fmt.Sprintf(`(%d, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, run), bind: (*change).bind,
			then: `
				ON CONFLICT (run, row) DO UPDATE
				SET state = excluded.state, user_id = excluded.user_id, class = excluded.class, message = excluded.message,
				    attempts = max(attempts, excluded.attempts), ended = excluded.ended
				WHERE state NOT IN ` + sqlPresent + ` OR state = excluded.state`,
		},
	}
	for _, each := range []struct {
		into **sql.Stmt
		text string
	}{
		{&s.begin, `BEGIN IMMEDIATE`},
		{&s.commit, `COMMIT`},
		{&s.rollback, `ROLLBACK`},
		{&s.savepoint, `SAVEPOINT change`},
		{&s.takeBack, `ROLLBACK TO change`},
		{&s.release, `RELEASE change`},
		{&s.withdraw, fmt.Sprintf(`DELETE FROM rows WHERE run = %d AND row = ? AND state IN %s`, run, sqlIntended)},
		{&s.settle, fmt.Sprintf(`
			UPDATE rows SET state = 'existing', user_id = ?, ended = ?
			WHERE digest = ? AND run <> %d AND state IN `+sqlInDoubt, run)},
		{&s.forget, sqlForget + `digest = ?`},
		{&s.forgetDoubted, sqlForget + `digest = ?2 AND EXISTS (
			SELECT 1 FROM rows AS earlier JOIN runs ON runs.number = earlier.run
			WHERE earlier.digest = ?2 AND earlier.state IN ('changing', 'uncertain') AND runs.command IN ('delete', 'undo'))`},
		{&s.forgetRow, sqlForget + `run = ? AND row = ?`},
		{&s.state, fmt.Sprintf(`SELECT state FROM rows WHERE run = %d AND row = ?`, run)},
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
	errs := []error{s.intend.close(), s.record.close()}
	for _, stmt := range []*sql.Stmt{s.begin, s.commit, s.rollback, s.savepoint, s.takeBack, s.release, s.withdraw, s.settle, s.state, s.forget, s.forgetDoubted, s.forgetRow} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}
