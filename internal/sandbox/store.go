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
	// schemaVersion changes whenever schema does.
	schemaVersion = 1
	// patience is the time that a process waits for another one that writes.
	patience = 10 * time.Second
)

// schema contains the users of all providers in one table. Folded is the natural key as it is compared, and copy is 0
// unless duplicates are allowed: the constraint over both decides whether a user exists. AUTOINCREMENT keeps a number
// from being used again after a reset.
const schema = `
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
`

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

// prepareSchema creates the tables of an empty database, and returns an error for one that is not a sandbox store of
// this version.
func prepareSchema(ctx context.Context, db *sql.DB) error {
	if found, err := recognise(ctx, db); found || err != nil {
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
	if found, err := recognise(ctx, tx); found || err != nil {
		return err // another process was faster
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, schemaVersion)
	if _, err := tx.ExecContext(ctx, schema+marks); err != nil {
		return err
	}
	return tx.Commit()
}

// recognise returns true for a sandbox store and false for an empty database. Anything else is an error.
func recognise(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (bool, error) {
	const marks = `SELECT (SELECT application_id FROM pragma_application_id),
	  (SELECT user_version FROM pragma_user_version), (SELECT COUNT(*) FROM sqlite_schema)`
	var application, version, tables int64
	if err := db.QueryRowContext(ctx, marks).Scan(&application, &version, &tables); err != nil {
		return false, err
	}
	switch {
	case application == 0 && version == 0 && tables == 0:
		return false, nil
	case application != applicationID:
		return false, errors.New("another program's database; the sandbox requires a separate file")
	case version != schemaVersion:
		return false, fmt.Errorf("schema version %d, but this usher supports version %d; remove the file to start again",
			version, schemaVersion)
	}
	return true, nil
}
