package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/bring-aboard/usher/internal/fsync"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

// copyPrefix is the beginning of the names of copies that are being made.
const copyPrefix = "copy-"

// Export writes a copy of the ledger as it is now. The rows of runs in progress are in doubt in the copy, as after a crash.
func (l *Ledger) Export(ctx context.Context, to io.Writer) (err error) {
	const op = "export the ledger"
	if err := l.isSteady(); err != nil {
		return err
	}
	removeCopies(l.dir)
	temporary, err := os.CreateTemp(l.dir, copyPrefix+"*") // which only its owner can read
	if err != nil {
		return fail(unwritable(err), op, l.dir, err)
	}
	defer func() { err = errors.Join(err, temporary.Close(), os.Remove(temporary.Name())) }()
	if _, err := l.db.ExecContext(ctx, `VACUUM INTO ?`, temporary.Name()); err != nil {
		return l.wrap(op, err)
	}
	if _, err := io.Copy(to, temporary); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Import makes a copy, as [Ledger.Export] has written it, the ledger of a state directory, and returns the number of its
// runs. The copy is checked completely first. The error is [ledger.ErrHasRuns] if the directory has a ledger with runs, which is
// left as it is, and an [*ledger.Error] if the copy is damaged or no ledger.
func Import(ctx context.Context, dir string, from io.Reader) (runs int, err error) {
	const op = "import the ledger"
	target := &Ledger{dir: dir, path: filepath.Join(dir, FileName)}
	if err := makeDir(filepath.Join(dir, locksFolder)); err != nil {
		return 0, fail(unwritable(err), "create the state directory", dir, err)
	}
	if err := target.checkDir(); err != nil {
		return 0, err
	}
	if err := target.hasNoRuns(ctx); err != nil {
		return 0, err
	}
	removeCopies(dir)
	aside, err := os.MkdirTemp(dir, copyPrefix+"*")
	if err != nil {
		return 0, fail(unwritable(err), op, dir, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(aside)) }()
	if runs, err = adopt(ctx, aside, from); err != nil {
		return 0, err
	}
	release, err := target.openingLock(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	if err := target.hasNoRuns(ctx); err != nil {
		return 0, err
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} { // of a ledger without runs
		if err := os.Remove(target.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fail(unwritable(err), op, target.path, err)
		}
	}
	if err := errors.Join(os.Rename(filepath.Join(aside, FileName), target.path), fsync.Dir(dir)); err != nil {
		return 0, fail(unwritable(err), op, target.path, err)
	}
	return runs, nil
}

// adopt writes the copy into a new directory and checks it. No process has locked a target of the copy.
func adopt(ctx context.Context, dir string, from io.Reader) (runs int, err error) {
	file, err := os.OpenFile(filepath.Join(dir, FileName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fail(unwritable(err), "import the ledger", dir, err)
	}
	size, err := io.Copy(file, from)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return 0, fmt.Errorf("import the ledger: %w", err)
	}
	if size == 0 {
		return 0, fail(ledger.Damaged, "import the ledger", "", errors.New("the copy is empty"))
	}
	copied, err := Open(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if err := copied.Check(ctx); err != nil {
		return 0, err
	}
	if _, err := copied.db.ExecContext(ctx, `DELETE FROM locks; PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return 0, copied.wrap("import the ledger", err)
	}
	err = copied.db.QueryRowContext(ctx, `SELECT count(*) FROM runs`).Scan(&runs)
	return runs, copied.wrap("import the ledger", err)
}

// removeCopies removes what exports and imports that were killed have left. None of them takes so long.
func removeCopies(dir string) {
	const longest = time.Hour
	left, _ := filepath.Glob(filepath.Join(dir, copyPrefix+"*")) // an error of the pattern only
	for _, path := range left {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > longest {
			_ = os.RemoveAll(path) // or the next one does
		}
	}
}

// hasNoRuns returns [ledger.ErrHasRuns] unless the ledger is missing, empty or without runs.
func (l *Ledger) hasNoRuns(ctx context.Context) (err error) {
	if !isThere(l.path) && !isEmptied(l.path) {
		return nil
	}
	db, err := sql.Open("sqlite", scratch.URI(l.path, url.Values{"mode": {"ro"}}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var runs int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM runs`).Scan(&runs); err != nil {
		return fail(ledger.Damaged, "import the ledger", l.path, err)
	}
	if runs > 0 {
		return ledger.ErrHasRuns
	}
	return nil
}
