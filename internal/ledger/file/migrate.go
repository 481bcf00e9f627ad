package file

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/target"
)

// applicationID marks the file as a ledger: "ushr".
const applicationID = 0x75736872

// migrations are the steps from each version of the file to the next. A released step is never changed; new ones
// are appended.
func migrations() []func(context.Context, *sql.Tx) error {
	return []func(context.Context, *sql.Tx) error{
		toVersion1,
		toVersion2,
		toVersion3,
		keepEvidence,
		markOldComparison,
		watchTargets,
		normaliseTargets,
		keepNotStored,
		intendChanges,
		keepStates,
		keepPruned,
		nameOperations,
		linkRuns,
		addExpiry,
		addAssigned,
		addGroups,
	}
}

// prepare migrates the file to the current version and returns the key of its digests.
func prepare(ctx context.Context, db *sql.DB) (key []byte, err error) {
	version, err := versionOf(ctx, db)
	if err != nil {
		return nil, err
	}
	steps := migrations()
	for ; version < len(steps); version++ {
		if err := step(ctx, db, version, steps[version]); err != nil {
			return nil, err
		}
	}
	err = db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'digest key'").Scan(&key)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(key) != keySize {
		return nil, fail(ledger.Damaged, "open the ledger", pathOf(ctx, db), errors.New("the digest key is missing"))
	}
	return key, err
}

// versionOf returns the version of the file, 0 for an empty one. It returns an error for a file that is not a
// ledger or has a newer version.
func versionOf(ctx context.Context, db *sql.DB) (int, error) {
	var application, version, tables int
	err := db.QueryRowContext(ctx, `
		SELECT (SELECT application_id FROM pragma_application_id),
		       (SELECT user_version FROM pragma_user_version),
		       (SELECT count(*) FROM sqlite_schema)`).Scan(&application, &version, &tables)
	if err != nil {
		return 0, err
	}
	isEmpty := application == 0 && version == 0 && tables == 0
	if !isEmpty && (application != applicationID || version < 1) {
		return 0, fail(ledger.Damaged, "open the ledger", pathOf(ctx, db), errors.New("not a ledger of usher"))
	}
	if known := len(migrations()); version > known {
		return 0, fail(ledger.Newer, "open the ledger", pathOf(ctx, db), fmt.Errorf("written by a newer usher (file version %d, supported version %d)", version, known))
	}
	return version, nil
}

// step migrates the file from one version to the next, completely or not at all.
func step(ctx context.Context, db *sql.DB, from int, migrate func(context.Context, *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := migrate(ctx, tx); err != nil {
		return fmt.Errorf("migration from version %d to %d: %w", from, from+1, err)
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", from+1)); err != nil {
		return err
	}
	return tx.Commit()
}

func pathOf(ctx context.Context, db *sql.DB) (path string) {
	_ = db.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path)
	return path
}

// keySize is the length of the key of the digests in bytes.
const keySize = 32

// toVersion1 creates the tables in an empty file. Times are milliseconds since 1970 UTC. A run that is in progress
// or crashed has no end.
func toVersion1(ctx context.Context, tx *sql.Tx) error {
	statements := fmt.Sprintf(`
		PRAGMA application_id = %d;

		CREATE TABLE meta (
			name  TEXT PRIMARY KEY,
			value BLOB NOT NULL
		) STRICT, WITHOUT ROWID;

		CREATE TABLE runs (
			number       INTEGER PRIMARY KEY AUTOINCREMENT,
			id           TEXT NOT NULL UNIQUE,
			command      TEXT NOT NULL,
			target       TEXT NOT NULL,
			profile      TEXT NOT NULL,
			provider     TEXT NOT NULL,
			file         TEXT NOT NULL,
			sha256       TEXT NOT NULL,
			format       TEXT NOT NULL,
			encoding     TEXT NOT NULL,
			folder       TEXT NOT NULL,
			arguments    TEXT NOT NULL,
			pid          INTEGER NOT NULL,
			started      INTEGER NOT NULL,
			ended        INTEGER,
			exit_status  INTEGER,
			counts       TEXT,
			failed_file  TEXT,
			results_file TEXT
		) STRICT;
		CREATE INDEX runs_target ON runs (target);

		CREATE TABLE rows (
			run      INTEGER NOT NULL REFERENCES runs (number),
			row      INTEGER NOT NULL,
			line     INTEGER NOT NULL,
			digest   BLOB,
			state    TEXT NOT NULL,
			user_id  TEXT NOT NULL DEFAULT '',
			class    TEXT NOT NULL DEFAULT '',
			message  TEXT NOT NULL DEFAULT '',
			attempts INTEGER NOT NULL DEFAULT 0,
			started  INTEGER,
			ended    INTEGER,
			PRIMARY KEY (run, row)
		) STRICT, WITHOUT ROWID;
		CREATE INDEX rows_digest ON rows (digest) WHERE digest IS NOT NULL;
		CREATE INDEX rows_in_doubt ON rows (run) WHERE state IN ('sent', 'unknown');
	`, applicationID)
	if _, err := tx.ExecContext(ctx, statements); err != nil {
		return err
	}
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never returns an error
	_, err := tx.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES ('digest key', ?)", key)
	return err
}

// toVersion2 adds the path of the before file to runs.
func toVersion2(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "ALTER TABLE runs ADD COLUMN before_file TEXT NOT NULL DEFAULT ''")
	return err
}

// toVersion3 stores some data in a cheaper form.
//
// The table of digests replaces an index over the rows, so that the users of a roster are added to it at once,
// sorted, before the first is sent. It contains each row with a digest that is evidence about its user. A row in
// it may be missing in the table of rows: it was never tried.
//
// Many intents recorded at once are one list: [[row, line, digest in hexadecimal or ""], ...]. A row that is also
// in the table of rows has the state in that table.
func toVersion3(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		CREATE TABLE digests (
			digest BLOB NOT NULL,
			run    INTEGER NOT NULL REFERENCES runs (number),
			row    INTEGER NOT NULL,
			PRIMARY KEY (digest, run, row)
		) STRICT, WITHOUT ROWID;
		INSERT INTO digests SELECT digest, run, row FROM rows WHERE digest IS NOT NULL ORDER BY digest, run, row;
		DROP INDEX rows_digest;

		CREATE TABLE intents (
			number  INTEGER PRIMARY KEY,
			run     INTEGER NOT NULL REFERENCES runs (number),
			started INTEGER NOT NULL,
			list    TEXT NOT NULL
		) STRICT;
		CREATE VIEW intended AS
			SELECT intents.run, intent.value ->> 0 AS row, intent.value ->> 1 AS line,
			       nullif(unhex(intent.value ->> 2), x'') AS digest, 'sent' AS state,
			       '' AS user_id, '' AS class, '' AS message, 1 AS attempts, intents.started, NULL AS ended
			FROM intents CROSS JOIN json_each(intents.list) AS intent
			WHERE NOT EXISTS (SELECT 1 FROM rows WHERE rows.run = intents.run AND rows.row = intent.value ->> 0);
	`)
	return err
}

// markOldComparison records the last run whose digests are of the old comparison of keys, 0 for none. See
// [ledger.KeyDigests].
func markOldComparison(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		INSERT OR REPLACE INTO meta (name, value)
		SELECT 'last run of the old comparison', CAST(CAST(coalesce(max(number), 0) AS TEXT) AS BLOB) FROM runs`)
	return err
}

// lastOldRun returns the number that markOldComparison recorded.
func lastOldRun(ctx context.Context, db *sql.DB) (run int64, err error) {
	err = db.QueryRowContext(ctx, `
		SELECT CAST(CAST(value AS TEXT) AS INTEGER) FROM meta WHERE name = 'last run of the old comparison'`).Scan(&run)
	return run, err
}

// watchTargets adds the number of rows read to runs, 0 for earlier ones, and a table of who has locked each
// target, and with which lock file.
func watchTargets(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		ALTER TABLE runs ADD COLUMN rows_read INTEGER NOT NULL DEFAULT 0;
		CREATE TABLE locks (
			target TEXT PRIMARY KEY,
			file   TEXT NOT NULL,
			pid    INTEGER NOT NULL,
			run    TEXT NOT NULL,
			since  INTEGER NOT NULL
		) STRICT, WITHOUT ROWID;
	`)
	return err
}

// normaliseTargets rewrites the targets of runs in their normal form, so that one tenant is one target regardless
// of the spelling of its address. Digests depend on the text of the target and are one-way: they remain, and the
// former spelling is stored, so that they are found (see [Ledger.Spellings]). Intents in lists become rows first,
// which can be found by digest.
func normaliseTargets(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `
		CREATE TABLE targets (
			target       TEXT PRIMARY KEY,
			credentials  BLOB,
			organization BLOB,
			merged       INTEGER NOT NULL DEFAULT 0
		) STRICT, WITHOUT ROWID;
		CREATE TABLE spellings (
			spelling TEXT PRIMARY KEY,
			target   TEXT NOT NULL
		) STRICT, WITHOUT ROWID;

		INSERT INTO rows (run, row, line, digest, state, user_id, class, message, attempts, started, ended, doubt, proof, sends)
		SELECT run, row, line, digest, state, user_id, class, message, attempts, started, ended, doubt, proof, sends FROM intended;
		DELETE FROM intents;
	`); err != nil {
		return err
	}
	stored, err := collect(ctx, tx, func(rows *sql.Rows) (text string, err error) {
		return text, rows.Scan(&text)
	}, `SELECT DISTINCT target FROM runs ORDER BY target`)
	if err != nil {
		return err
	}
	for _, text := range stored {
		parsed, ok := target.Parse(text)
		if !ok {
			continue // a sandbox, or an address that is no longer accepted
		}
		normal := parsed.String()
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO targets (target) VALUES (?1) ON CONFLICT DO UPDATE SET merged = 1;
			INSERT INTO spellings (spelling, target) SELECT ?2, ?1 WHERE ?1 <> ?2;
			UPDATE runs SET target = ?1 WHERE target = ?2;`, normal, text); err != nil {
			return err
		}
	}
	return nil
}
