package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// writerSettings are for the writing connection. A statement that writes many rows copies each page that it
// changes, in case it fails half-way: in memory, not in a file. The existence of the run, to which all its rows
// refer, does not have to be checked for each of them.
const (
	writerSettings   = "PRAGMA temp_store = memory; PRAGMA foreign_keys = off"
	settingsOfOthers = "PRAGMA foreign_keys = on"
)

// statements are the prepared statements of a writer.
type statements struct {
	conn *sql.Conn

	begin, commit, rollback      *sql.Stmt
	savepoint, takeBack, release *sql.Stmt
	withdraw, settle, state      *sql.Stmt
	finishDue                    *sql.Stmt
	forget, forgetDoubted        *sql.Stmt
	forgetRow                    *sql.Stmt
	enlist, strike, clear        *sql.Stmt

	digest *grouped[entry]
	intend *grouped[intentBatch]
	record *grouped[recordOp]
}

// entry is a row in the table of digests.
type entry struct {
	digest ledger.Digest
	row    int
}

// intentBatch is a row that is about to be sent.
type intentBatch struct {
	ledger.Intent
	state rowstate.State
	at    int64
}

// bind returns the values for an INSERT of the row.
func (s *intentBatch) bind(args []any) []any {
	return append(args, s.Row, s.Line, s.Digest.Blob(), s.at, s.Proof, s.UserID, s.Group, string(s.state))
}

// bind returns the values for an INSERT of the outcome.
func (c *recordOp) bind(args []any) []any {
	o := &c.outcome
	var started any
	if c.started > 0 {
		started = c.started
	}
	return append(args, o.Row, o.Line, o.Digest.Blob(), string(o.State), o.UserID, o.Class, o.Message, o.Attempts, started, c.at,
		o.Doubt, o.Sends, o.Resends, o.Due, c.proof, strings.Join(o.NotStored, fieldSeparator), o.Group)
}

// prepareStatements prepares the statements of a run's writer.
func prepareStatements(ctx context.Context, conn *sql.Conn, run int64) (*statements, error) {
	s := &statements{
		conn: conn,
		digest: &grouped[entry]{
			conn:   conn,
			into:   `INSERT INTO digests (digest, run, row)`,
			values: fmt.Sprintf(`(?, %d, ?)`, run),
			bind:   func(e *entry, args []any) []any { return append(args, e.digest[:], e.row) },
			then:   ` ON CONFLICT DO NOTHING`,
		},
		intend: &grouped[intentBatch]{
			conn:   conn,
			into:   `INSERT INTO rows (run, row, line, digest, started, proof, user_id, group_id, state, attempts, doubt, sends)`,
			values: fmt.Sprintf(`(%d, ?, ?, ?, ?, ?, ?, ?, ?, 1, 'lost', 1)`, run), bind: (*intentBatch).bind,
			then: `
				ON CONFLICT (run, row) DO UPDATE
				SET state = excluded.state, attempts = attempts + 1, started = coalesce(started, excluded.started), ended = NULL,
				    doubt = iif(doubt IN ('answered', 'foreign'), doubt, 'lost'), sends = sends + 1
				WHERE state NOT IN ` + sqlPresent,
		},
		record: &grouped[recordOp]{
			conn:   conn,
			into:   `INSERT INTO rows (run, row, line, digest, state, user_id, class, message, attempts, started, ended, doubt, sends, resends, due, proof, not_stored, group_id)`,
			values: fmt.Sprintf(`(%d, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, run), bind: (*recordOp).bind,
			then: `
				ON CONFLICT (run, row) DO UPDATE
				SET state = excluded.state, user_id = iif(excluded.user_id = '', user_id, excluded.user_id),
				    class = excluded.class, message = excluded.message,
				    attempts = max(attempts, excluded.attempts), ended = excluded.ended,
				    doubt = excluded.doubt, sends = excluded.sends, resends = max(resends, excluded.resends), due = excluded.due, word = 0,
				    not_stored = iif(excluded.not_stored = '', not_stored, excluded.not_stored)
				WHERE state NOT IN ` + sqlPresent + ` OR state = excluded.state`,
		},
	}
	if _, err := conn.ExecContext(ctx, writerSettings); err != nil {
		return nil, errors.Join(err, s.close())
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
			UPDATE rows SET state = 'existing', user_id = ?3, ended = ?1, doubt = ''
			WHERE `+sqlOfPerson+` AND run <> %d AND state IN `+sqlInDoubt, run)},
		{&s.finishDue, fmt.Sprintf(`UPDATE rows SET word = iif(state = 'not_created', 0, word), due = 0 WHERE `+sqlOfPerson+` AND run <> %d AND (word = 1 OR due = 1) AND ?1`, run)},
		{&s.forget, sqlForget + sqlOfPerson},
		{&s.forgetDoubted, sqlForget + sqlOfPerson + ` AND EXISTS (
			SELECT 1 FROM digests CROSS JOIN rows AS earlier ON earlier.run = digests.run AND earlier.row = digests.row
			WHERE digests.digest = ?2 AND earlier.state IN ` + sqlRemovalInDoubt + `)`},
		{&s.forgetRow, sqlForget + `run = ? AND row = ?`},
		{&s.state, fmt.Sprintf(`
			SELECT state FROM rows WHERE run = %[1]d AND row = ?1 UNION ALL
			SELECT state FROM intended WHERE run = %[1]d AND row = ?1`, run)},
		{&s.enlist, fmt.Sprintf(`
			INSERT INTO intents (run, started, list, state) SELECT %[1]d, ?1, ?2, ?4 WHERE ?3 OR NOT EXISTS (
				SELECT 1 FROM json_each(?2) AS intent CROSS JOIN rows ON rows.run = %[1]d AND rows.row = intent.value ->> 0)`, run)},
		{&s.strike, `
			UPDATE intents SET list = (
				SELECT json_group_array(json(intent.value)) FROM json_each(list) AS intent
				WHERE intent.value ->> 0 NOT IN (SELECT value FROM json_each(?1)))
			WHERE number = ?2`},
		{&s.clear, `DELETE FROM intents WHERE number = ?`},
	} {
		stmt, err := conn.PrepareContext(ctx, each.text)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		*each.into = stmt
	}
	return s, nil
}

// close closes the statements, and resets the settings of the connection.
func (s *statements) close() error {
	_, err := s.conn.ExecContext(context.Background(), settingsOfOthers)
	errs := []error{err, s.digest.close(), s.intend.close(), s.record.close()}
	for _, stmt := range []*sql.Stmt{
		s.begin, s.commit, s.rollback, s.savepoint, s.takeBack, s.release, s.withdraw, s.settle, s.state, s.finishDue,
		s.forget, s.forgetDoubted, s.forgetRow, s.enlist, s.strike, s.clear,
	} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}
