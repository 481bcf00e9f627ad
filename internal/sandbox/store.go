package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/bring-aboard/usher/internal/fileperm"
)

const (
	// applicationID marks the file as a sandbox store: "usbx" in ASCII.
	applicationID = 0x75736278
	// patience is the time that a process waits for another one that writes.
	patience = 10 * time.Second
)

// schemas lists the scripts that lead from each version of the file to the next; an empty database has version 0.
//
// The users of all providers are in one table. Folded is the natural key as it is compared, and copy is 0 unless
// duplicates are allowed: the constraint over both decides whether a user exists. AUTOINCREMENT keeps a number from being
// used again after a reset.
func schemas() []string {
	return []string{`
CREATE TABLE users (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  provider   TEXT NOT NULL,
  id         TEXT NOT NULL,
  key        TEXT NOT NULL,
  folded     TEXT NOT NULL,
  copy       INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  document   TEXT NOT NULL,
  UNIQUE (provider, folded, copy),
  UNIQUE (provider, id)
) STRICT;
CREATE INDEX users_in_order ON users (provider, number);
CREATE TABLE api_keys (
  number   INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  user_id  TEXT NOT NULL,
  document TEXT NOT NULL
) STRICT;
CREATE INDEX api_keys_of_user ON api_keys (provider, user_id);
`, `
CREATE TABLE groups (
  number   INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  id       TEXT NOT NULL,
  name     TEXT NOT NULL,
  UNIQUE (provider, id)
) STRICT;
CREATE TABLE memberships (
  number   INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  group_id TEXT NOT NULL,
  user_id  TEXT NOT NULL,
  UNIQUE (provider, group_id, user_id)
) STRICT;
CREATE INDEX memberships_of_user ON memberships (provider, user_id);
CREATE TRIGGER members_leave AFTER DELETE ON users BEGIN
  DELETE FROM memberships WHERE provider = OLD.provider AND user_id = OLD.id;
END;
`, `
CREATE TABLE logged_out (
  provider TEXT NOT NULL,
  user_id  TEXT NOT NULL,
  PRIMARY KEY (provider, user_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER logged_out_leave AFTER DELETE ON users BEGIN
  DELETE FROM logged_out WHERE provider = OLD.provider AND user_id = OLD.id;
END;
`}
}

// A Store contains what the sandbox has created. Several processes may have the same file open. It is safe for
// concurrent use.
type Store struct {
	writer *sql.DB // one connection, so that writers of this process queue here
	reader *sql.DB // the same as writer for a store in memory
	next   *sql.Stmt
	insert *sql.Stmt
}

// OpenStore opens the store in a file, and creates it and its directory if they do not exist. Only its owner can read a
// new file. An error contains the file.
func OpenStore(path string) (*Store, error) {
	store, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("sandbox store %s: %w", path, err)
	}
	return store, nil
}

// MemoryStore returns a new empty store that vanishes when it is closed.
func MemoryStore() (*Store, error) {
	writer, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("sandbox store in memory: %w", err)
	}
	store, err := newStore(writer, writer)
	if err != nil {
		return nil, fmt.Errorf("sandbox store in memory: %w", err)
	}
	return store, nil
}

func openFile(path string) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := claimFile(absolute); err != nil {
		return nil, err
	}
	writer, err := sql.Open("sqlite", fileDSN(absolute, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	reader, err := sql.Open("sqlite", fileDSN(absolute, "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(4)
	return newStore(writer, reader)
}

// claimFile creates a missing file with mode 0600; SQLite gives the same mode to the files next to it. An existing file
// is not opened here: closing it would drop the locks that this process has through another store on the same file. A
// link or another user's file is an error: SQLite would write to its target.
func claimFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := fileperm.CheckFile(path + suffix); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return err
	}
	return file.Close()
}

// fileDSN returns the data source of a file. Synchronous NORMAL can lose the last commits with the machine's power,
// never with the process. Secure delete overwrites what a reset removes: a test may have been made with real users.
func fileDSN(path, extra string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // C:/...
		slashed = "/" + slashed
	}
	address := url.URL{Scheme: "file", Path: slashed}
	return fmt.Sprintf("%s?_pragma=busy_timeout(%d)&_pragma=synchronous(NORMAL)&_pragma=secure_delete(1)&%s",
		address.String(), patience.Milliseconds(), extra)
}

// newStore takes over both databases, and closes them if it fails.
func newStore(writer, reader *sql.DB) (*Store, error) {
	writer.SetMaxOpenConns(1)
	store := &Store{writer: writer, reader: reader}
	if err := store.prepare(context.Background()); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// prepare creates missing tables, and the statements of a create.
func (s *Store) prepare(ctx context.Context) (err error) {
	if err := patiently(ctx, func() error { return prepareSchema(ctx, s.writer) }); err != nil {
		return err
	}
	if s.next, err = s.writer.PrepareContext(ctx, nextNumber); err != nil {
		return err
	}
	s.insert, err = s.writer.PrepareContext(ctx, insertUser)
	return err
}

// Close closes the file. The store cannot be used afterwards.
func (s *Store) Close() error {
	var failures []error
	for _, statement := range []*sql.Stmt{s.next, s.insert} {
		if statement != nil {
			failures = append(failures, statement.Close())
		}
	}
	if s.reader != s.writer {
		failures = append(failures, s.reader.Close())
	}
	return errors.Join(append(failures, s.writer.Close())...)
}

// patiently repeats a step as long as another process has the file locked. SQLite's own timeout does not cover the
// change to WAL.
func patiently(ctx context.Context, step func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := step()
		var failure *sqlite.Error
		if !errors.As(err, &failure) || failure.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// prepareSchema creates the tables that a database lacks, and returns an error for one that is not a sandbox store of
// this version or an earlier one.
func prepareSchema(ctx context.Context, db *sql.DB) error {
	scripts := schemas()
	version, err := versionOf(ctx, db)
	if err != nil || version == len(scripts) {
		return err
	}
	if _, err := db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // no effect after a commit
	if version, err = versionOf(ctx, tx); err != nil || version == len(scripts) {
		return err // another process was faster
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, len(scripts))
	if _, err := tx.ExecContext(ctx, strings.Join(scripts[version:], "")+marks); err != nil {
		return err
	}
	return tx.Commit()
}

// versionOf returns the version of a sandbox store, and 0 for an empty database. Anything else is an error.
func versionOf(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (int, error) {
	const marks = `SELECT (SELECT application_id FROM pragma_application_id),
	  (SELECT user_version FROM pragma_user_version), (SELECT COUNT(*) FROM sqlite_schema)`
	var application, version, tables int
	if err := db.QueryRowContext(ctx, marks).Scan(&application, &version, &tables); err != nil {
		return 0, err
	}
	switch most := len(schemas()); {
	case application == 0 && version == 0 && tables == 0:
		return 0, nil
	case application != applicationID:
		return 0, errors.New("another program's database; the sandbox requires a separate file")
	case version < 1 || version > most:
		return 0, fmt.Errorf("schema version %d, but this usher supports version %d; remove the file to start again", version, most)
	}
	return version, nil
}
