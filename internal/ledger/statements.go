package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// writerCache is the page cache of the writing connection in KiB. The index of
// digests is written at random places, so it wants more than the default.
const writerCache = "4096"

// statements are the prepared statements of a writer.
type statements struct {
	begin, commit, rollback      *sql.Stmt
	savepoint, takeBack, release *sql.Stmt
	withdraw, settle, state      *sql.Stmt

	intend *grouped[sending]
	record *grouped[change]
}

// sending is a row that is about to be sent.
type sending struct {
	Intent
	at int64
}

// prepareStatements prepares what the writer of a run needs.
func prepareStatements(ctx context.Context, conn *sql.Conn, run int64) (*statements, error) {
	if _, err := conn.ExecContext(ctx, "PRAGMA cache_size = -"+writerCache); err != nil {
		return nil, err
	}
	s := &statements{
		intend: &grouped[sending]{
			conn: conn, into: `INSERT INTO rows (run, row, line, digest, started, state, attempts)`,
			values: fmt.Sprintf(`(%d, ?, ?, ?, ?, 'sent', 1)`, run),
			then: `
				ON CONFLICT (run, row) DO UPDATE
				SET state = 'sent', attempts = attempts + 1, started = excluded.started, ended = NULL
				WHERE state NOT IN ` + sqlPresent,
			args: func(args []any, s *sending) []any { return append(args, s.Row, s.Line, s.Digest.blob(), s.at) },
		},
		record: &grouped[change]{
			conn: conn, into: `INSERT INTO rows (run, row, line, digest, state, user_id, class, message, attempts, ended)`,
			values: fmt.Sprintf(`(%d, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, run),
			then: `
				ON CONFLICT (run, row) DO UPDATE
				SET state = excluded.state, user_id = excluded.user_id, class = excluded.class, message = excluded.message,
				    attempts = max(attempts, excluded.attempts), ended = excluded.ended
				WHERE state NOT IN ` + sqlPresent + ` OR state = excluded.state`,
			args: func(args []any, c *change) []any {
				o := &c.outcome
				return append(args, o.Row, o.Line, o.Digest.blob(), string(o.State), o.UserID, o.Class, o.Message, o.Attempts, c.at)
			},
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
		{&s.withdraw, fmt.Sprintf(`DELETE FROM rows WHERE run = %d AND row = ? AND state = 'sent'`, run)},
		{&s.settle, fmt.Sprintf(`
			UPDATE rows SET state = 'existing', user_id = ?, ended = ?
			WHERE digest = ? AND run <> %d AND state IN `+sqlInDoubt, run)},
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
	for _, stmt := range []*sql.Stmt{s.begin, s.commit, s.rollback, s.savepoint, s.takeBack, s.release, s.withdraw, s.settle, s.state} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}
