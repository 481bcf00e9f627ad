package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"modernc.org/sqlite"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

const (
	// FileName is the name of the ledger's file in the state directory.
	FileName = "ledger.db"
	// patience is how long to wait for other processes that use the store.
	patience = 10 * time.Second
	// filePage is the size of the file's pages in bytes.
	filePage = 4096
)

// Ledger implements [ledger.Store]. It is safe for concurrent use, and several processes, or several Ledgers in
// one process, may have the same store open.
type Ledger struct {
	dir, path string
	db        *sql.DB
	file      fs.FileInfo // of the opened file; nil before
	lastOld   int64       // the last run whose digests are of the old comparison; 0 for none
	digester  *ledger.Digester
}

// Open opens the ledger in a state directory, and creates the directory (mode 0700) and the file (0600) if they
// are missing. It migrates an older file to the current version. Every error is an [*ledger.Error] with the path
// and the next steps, or the context's error.
func Open(ctx context.Context, dir string) (*Ledger, error) {
	return open(ctx, dir, "")
}

// open opens the ledger through a named virtual file system of SQLite; "" is the platform's default.
func open(ctx context.Context, dir, vfs string) (_ *Ledger, err error) {
	l := &Ledger{dir: dir, path: filepath.Join(dir, FileName)}
	defer func() { err = l.wrap("open the ledger", err) }()

	if err := makeDir(filepath.Join(dir, locksFolder)); err != nil {
		return nil, fail(unwritable(err), "create the state directory", dir, err)
	}
	if err := l.checkDir(); err != nil {
		return nil, err
	}
	release, err := l.openingLock(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if isEmptied(l.path) {
		return nil, fail(ledger.Damaged, "open the ledger", l.path, errors.New("the file is empty but should contain data"))
	}
	if err := l.checkMoved(); err != nil {
		return nil, err
	}
	if err := makeFile(l.path); err != nil {
		return nil, fail(unwritable(err), "create the ledger", l.path, err)
	}

	if isCutOff(l.path) {
		return nil, fail(ledger.Damaged, "open the ledger", l.path, errors.New("the file is truncated"))
	}

	connector, err := sqlite.NewConnector(l.dataSource(vfs))
	if err != nil {
		return nil, err
	}
	found, err := os.Stat(l.path)
	if err != nil {
		return nil, err
	}
	l.db = sql.OpenDB(steadyConnector{connector, l})
	key, err := prepare(ctx, l.db)
	if err == nil {
		l.lastOld, err = lastOldRun(ctx, l.db)
	}
	if err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	l.file, l.digester = found, ledger.NewDigester(key)
	if err := l.isSteady(); err != nil {
		return nil, errors.Join(err, l.db.Close())
	}
	scratch.RemoveOrphans(dir)
	return l, nil
}

// openingLock returns a lock that allows one process at a time to create the file, switch it to write-ahead
// logging and migrate it.
func (l *Ledger) openingLock(ctx context.Context) (release func(), err error) {
	path := filepath.Join(l.dir, locksFolder, openingLockName)
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lock, err := newLock(path)
	if err != nil {
		return nil, err
	}
	if _, err := lock.TryLockContext(waiting, 5*time.Millisecond); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if waiting.Err() != nil {
			return nil, fail(ledger.Busy, "open the ledger", l.path, errors.New("another process is opening it"))
		}
		return nil, fail(unwritable(err), "lock", path, err)
	}
	return func() { _ = lock.Close() }, nil
}

// isEmptied reports whether the file exists and is empty, although something was once recorded in it: a log
// remains, or a target was locked, which requires an open ledger. SQLite would delete the log and begin with an
// empty file. A missing file was moved away on purpose, and an empty one without other traces is left by a process
// that was killed while creating it.
func isEmptied(path string) bool {
	file, err := os.Stat(path)
	if err != nil || !file.Mode().IsRegular() || file.Size() > 0 {
		return false
	}
	if isThere(path + "-wal") {
		return true
	}
	locks, err := filepath.Glob(filepath.Join(filepath.Dir(path), locksFolder, "*.lock"))
	return err == nil && slices.ContainsFunc(locks, func(lock string) bool { return filepath.Base(lock) != openingLockName })
}

// isCutOff reports whether the file ends within a page, without a log from which SQLite would complete the page.
// SQLite would fill the page with zeros, or treat the rest as an empty file and delete the log as well if it is
// shorter than the first page.
func isCutOff(path string) bool {
	file, err := os.Stat(path)
	if err != nil || file.Size()%filePage == 0 {
		return false
	}
	return !isThere(path+"-journal") && (file.Size() < filePage || !isThere(path+"-wal"))
}

// isThere reports whether a non-empty file exists.
func isThere(path string) bool {
	file, err := os.Stat(path)
	return err == nil && file.Size() > 0
}

// writing returns the settings of every connection that writes to the ledger's file. It waits for other processes,
// syncs past the cache of a disk (required on macOS), and moves the log into the file every 16 MiB.
func writing() []string {
	return []string{
		fmt.Sprintf("busy_timeout(%d)", patience.Milliseconds()),
		"fullfsync(1)",
		"checkpoint_fullfsync(1)",
		"wal_autocheckpoint(4096)",
	}
}

// dataSource returns the ledger's file with the settings of every connection to it. A commit returns when the log
// is on the disk.
func (l *Ledger) dataSource(vfs string) string {
	query := url.Values{
		"_pragma": append(writing(),
			fmt.Sprintf("page_size(%d)", filePage),
			"journal_mode(wal)",
			"synchronous(full)",
			"journal_size_limit(67108864)",
			"foreign_keys(1)",
			"cell_size_check(1)",
			"trusted_schema(0)",
		),
		"_txlock":    {"immediate"},
		"_defensive": {"1"},
		"_dqs":       {"0"},
		"_error_rc":  {"1"},
	}
	if vfs != "" {
		query.Set("vfs", vfs)
	}
	return scratch.URI(l.path, query)
}

// Place implements [ledger.Store].
func (l *Ledger) Place() string { return l.path }

// Digester implements [ledger.Store].
func (l *Ledger) Digester() *ledger.Digester { return l.digester }

// Close implements [ledger.Store].
func (l *Ledger) Close() error { return l.wrap("close the ledger", l.db.Close()) }

// Check reads the whole file and returns an [*ledger.Error] if it is damaged.
func (l *Ledger) Check(ctx context.Context) error {
	const op = "check the ledger"
	verdicts, err := collect(ctx, l.db, func(rows *sql.Rows) (verdict string, err error) {
		return verdict, rows.Scan(&verdict)
	}, `SELECT * FROM (SELECT integrity_check FROM pragma_integrity_check LIMIT 3)
		UNION ALL
		SELECT * FROM (SELECT 'an entry of ' || "table" || ' lacks its ' || parent FROM pragma_foreign_key_check LIMIT 1)
		UNION ALL
		SELECT * FROM (SELECT 'row ' || row || ' of run ' || run || ' is in no digest' FROM rows
			WHERE digest IS NOT NULL AND state NOT IN ('failed', 'forgotten') AND NOT EXISTS (
				SELECT 1 FROM digests WHERE digests.digest = rows.digest AND digests.run = rows.run AND digests.row = rows.row) LIMIT 1)`)
	if err != nil {
		return l.wrap(op, err)
	}
	if verdict := strings.Join(verdicts, "; "); verdict != "ok" {
		return fail(ledger.Damaged, op, l.path, errors.New(verdict))
	}
	return nil
}

// transact executes a change in one transaction, which is durable on return.
func (l *Ledger) transact(ctx context.Context, op string, change func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return l.wrap(op, err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := change(tx); err != nil {
		return l.wrap(op, err)
	}
	return l.wrap(op, tx.Commit())
}
