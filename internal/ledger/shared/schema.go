package shared

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/bring-aboard/usher/internal/ledger"
)

// migrations are the steps from each version of the tables to the next. A released step is never changed; new ones are
// appended.
func migrations() []string { return []string{toVersion1} }

// toVersion1 creates the tables.
//
// A run that is in progress or crashed has no end. Its states are the numbers of its rows by state, NULL while they are not
// counted. The digests have the rows of users, and are entered when a run begins. A lease that is free has no end.
//
// Rows are written twice, as intent and as outcome: no index contains what changes in between, and pages have room, so that the
// second version of a row is on the same page.
const toVersion1 = `
	CREATE TABLE usher.leases (
		target  text PRIMARY KEY,
		epoch   bigint NOT NULL,
		machine text NOT NULL,
		who     text NOT NULL,
		run     text NOT NULL DEFAULT '',
		since   timestamptz NOT NULL,
		expires timestamptz
	);
	CREATE TABLE usher.targets (
		target       text PRIMARY KEY,
		credentials  bytea,
		organization bytea,
		merged       boolean NOT NULL DEFAULT false
	);
	CREATE TABLE usher.spellings (
		spelling text PRIMARY KEY,
		target   text NOT NULL
	);
	CREATE TABLE usher.runs (
		number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		id           text NOT NULL UNIQUE,
		command      text NOT NULL,
		target       text NOT NULL,
		profile      text NOT NULL,
		provider     text NOT NULL,
		file         text NOT NULL,
		sha256       text NOT NULL,
		format       text NOT NULL,
		encoding     text NOT NULL,
		folder       text NOT NULL,
		arguments    text[] NOT NULL,
		before_file  text NOT NULL,
		rows_read    integer NOT NULL,
		part_of      text NOT NULL,
		expires      timestamptz,
		machine      text NOT NULL,
		who          text NOT NULL,
		batch        bigint NOT NULL DEFAULT 0,
		started      timestamptz NOT NULL,
		ended        timestamptz,
		exit_status  integer NOT NULL DEFAULT 0,
		counts       jsonb,
		states       jsonb,
		failed_file  text NOT NULL DEFAULT '',
		results_file text NOT NULL DEFAULT '',
		pruned       timestamptz
	);
	CREATE INDEX runs_target ON usher.runs (target);
	CREATE TABLE usher.rows (
		run        bigint NOT NULL,
		row        integer NOT NULL,
		line       integer NOT NULL,
		digest     bytea,
		state      text NOT NULL,
		user_id    text NOT NULL DEFAULT '',
		group_id   text NOT NULL DEFAULT '',
		class      text NOT NULL DEFAULT '',
		message    text NOT NULL DEFAULT '',
		attempts   integer NOT NULL DEFAULT 0,
		started    timestamptz,
		ended      timestamptz,
		doubt      text NOT NULL DEFAULT '',
		proof      integer NOT NULL DEFAULT 0,
		sends      integer NOT NULL DEFAULT 0,
		resends    integer NOT NULL DEFAULT 0,
		word       boolean NOT NULL DEFAULT false,
		due        boolean NOT NULL DEFAULT false,
		not_stored text NOT NULL DEFAULT '',
		PRIMARY KEY (run, row)
	) WITH (fillfactor = 60);
	CREATE INDEX rows_word ON usher.rows (run) WHERE word;
	CREATE INDEX rows_due ON usher.rows (run) WHERE due;
	CREATE TABLE usher.digests (
		digest bytea NOT NULL,
		run    bigint NOT NULL,
		row    integer NOT NULL,
		PRIMARY KEY (digest, run, row)
	);
	CREATE INDEX digests_run ON usher.digests (run);
	CREATE TABLE usher.assigned (
		person bytea PRIMARY KEY,
		key    bytea NOT NULL UNIQUE
	);

	CREATE FUNCTION usher.expect(is_so boolean, code text) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			IF is_so IS NOT TRUE THEN
				RAISE EXCEPTION 'usher: the change was refused' USING ERRCODE = code;
			END IF;
		END $$;
	CREATE FUNCTION usher.fence(at text, mine bigint) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			PERFORM FROM usher.leases WHERE target = at AND epoch = mine FOR SHARE;
			PERFORM usher.expect(FOUND, 'US001');
		END $$;
	CREATE FUNCTION usher.advance(this bigint, next bigint) RETURNS void LANGUAGE plpgsql AS $$
		BEGIN
			UPDATE usher.runs SET batch = next, states = NULL WHERE number = this AND batch < next;
			PERFORM usher.expect(FOUND, 'US003');
		END $$;
	CREATE FUNCTION usher.count_states(this bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
		SELECT coalesce(jsonb_object_agg(state, rows), '{}') FROM
			(SELECT state, count(*) AS rows FROM usher.rows WHERE run = this GROUP BY state) AS counted
		$$;`

// The codes of refused changes.
const (
	codeFenced  = "US001" // the lease has another epoch
	codeRefused = "US002" // the state of a row does not allow the change
	codeDone    = "US003" // the batch was committed before
)

// prepare creates the tables or makes them those of this version. It returns an error for tables of a newer usher, and for
// another key.
func (l *Ledger) prepare(ctx context.Context, key []byte) error {
	version, err := l.check(ctx, l.pool, key)
	if is := codeOf(err); is == "42P01" || is == "3F000" || errors.Is(err, pgx.ErrNoRows) { // no such table, schema or row
		err = l.create(ctx)
	}
	if err != nil || version == len(migrations()) {
		return err
	}
	return pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM usher.meta FOR UPDATE`); err != nil {
			return err
		}
		version, err := l.check(ctx, tx, key)
		if err != nil {
			return err
		}
		for n, step := range migrations()[version:] {
			if _, err := tx.Exec(ctx, step, pgx.QueryExecModeSimpleProtocol); err != nil { // which alone allows several statements
				return fmt.Errorf("migration to version %d: %w", version+n+1, err)
			}
		}
		_, err = tx.Exec(ctx, `UPDATE usher.meta SET version = $1, key_id = $2`, len(migrations()), key)
		return err
	})
}

// create creates the schema and the row that guards migrations, in one transaction, so that no process finds a part of them.
// Several processes may do so at once: one succeeds, and the others wait for it.
func (l *Ledger) create(ctx context.Context) error {
	_, err := l.pool.Exec(ctx, `
		CREATE SCHEMA IF NOT EXISTS usher;
		CREATE TABLE IF NOT EXISTS usher.meta (one boolean PRIMARY KEY DEFAULT true CHECK (one), version integer NOT NULL, id text NOT NULL, key_id bytea);
		INSERT INTO usher.meta (version, id) VALUES (0, md5(random()::text || clock_timestamp())) ON CONFLICT DO NOTHING`,
		pgx.QueryExecModeSimpleProtocol) // which alone allows several statements
	switch codeOf(err) {
	case "23505", "42P06", "42P07", "42710": // another process was faster
		return nil
	}
	return err
}

// asker is a pool or a transaction.
type asker interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// check returns the version of the tables, 0 for none, and notes the id of the store.
func (l *Ledger) check(ctx context.Context, from asker, key []byte) (version int, err error) {
	const op = "open the shared ledger"
	var stored, encoding, bytes string
	if err := from.QueryRow(ctx, `
		SELECT version, id, coalesce(encode(key_id, 'hex'), ''), current_setting('server_encoding'), current_setting('bytea_output') FROM usher.meta`,
	).Scan(&version, &l.id, &stored, &encoding, &bytes); err != nil {
		return 0, err
	}
	known := len(migrations())
	switch {
	case encoding != "UTF8":
		return 0, &ledger.Error{Kind: ledger.Broken, Op: op, Place: l.place, Err: fmt.Errorf("the database has the encoding %s, and cannot store every text", encoding),
			Next: []string{"CREATE DATABASE usher OWNER usher ENCODING 'UTF8' TEMPLATE template0"}}
	case bytes != "hex":
		return 0, &ledger.Error{Kind: ledger.Broken, Op: op, Place: l.place, Err: fmt.Errorf("the setting bytea_output of the role is %s", bytes),
			Next: []string{"ALTER ROLE usher SET bytea_output = hex"}}
	case version > known:
		return 0, fail(ledger.Newer, op, l.place, fmt.Errorf("written by a newer usher (version %d, supported version %d)", version, known))
	case version > 0 && stored != hex.EncodeToString(key):
		return 0, fail(ledger.NoKey, op, l.place, errors.New("the ledger was made with another key of digests"))
	}
	return version, nil
}

// codeOf returns the SQLSTATE of an error, "" if it is none of the database.
func codeOf(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return ""
}
