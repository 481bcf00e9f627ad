package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/fsync"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

// copyPrefix is the beginning of the names of copies that are being made.
const copyPrefix = "copy-"

// Export implements [ledger.Store].
func (l *Ledger) Export(ctx context.Context, to io.Writer) error {
	const op = "export the ledger"
	if err := l.isSteady(); err != nil {
		return err
	}
	return aside(l.dir, func(dir string) error {
		path := filepath.Join(dir, FileName)
		if err := makeFile(path); err != nil {
			return fail(unwritable(err), op, path, err)
		}
		if _, err := l.db.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
			return l.wrap(op, err)
		}
		return write(ctx, dir, to, func(copied *Ledger) error { return copied.leaveTo(ctx, l) })
	})
}

// leaveTo makes the creates in doubt of the runs that are in progress in another ledger those of another machine. They are asked
// for later than the copy was made: who has released a target since sends nothing.
func (l *Ledger) leaveTo(ctx context.Context, other *Ledger) error {
	const op, running = "export the ledger", `(SELECT number FROM runs WHERE target = ? AND ended IS NULL)`
	targets, err := collect(ctx, l.db, func(rows *sql.Rows) (target string, err error) {
		return target, rows.Scan(&target)
	}, `SELECT DISTINCT target FROM runs WHERE ended IS NULL`)
	if err != nil {
		return l.wrap(op, err)
	}
	for _, target := range targets {
		holders, err := other.Holders(ctx, target)
		if err != nil {
			return err
		}
		if len(holders) == 0 {
			continue
		}
		if err := l.unlist(ctx, running, target); err != nil {
			return err
		}
		if _, err := l.db.ExecContext(ctx, `UPDATE rows SET doubt = ? WHERE state IN `+sqlInDoubt+` AND doubt <> ? AND run IN `+running,
			ledger.DoubtForeign, ledger.DoubtAnswered, target); err != nil {
			return l.wrap(op, err)
		}
	}
	return nil
}

// Table is rows of a table of the ledger, with values as [Ledger.Contents] yields them.
type Table struct {
	Name    string
	Columns []string
	Rows    iter.Seq2[[]any, error]
}

// Write writes a ledger with a key and the rows of these tables, which [Import] accepts like that of [Ledger.Export]. It is made
// in a directory that has room for it.
func Write(ctx context.Context, dir string, key []byte, tables iter.Seq[Table], to io.Writer) error {
	const op = "export the ledger"
	if err := makeDir(dir); err != nil {
		return fail(unwritable(err), op, dir, err)
	}
	return aside(dir, func(dir string) error {
		return write(ctx, dir, to, func(made *Ledger) error {
			return made.transact(ctx, op, func(tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, `UPDATE meta SET value = ? WHERE name = 'digest key'`, key); err != nil {
					return err
				}
				for table := range tables {
					if err := table.insert(ctx, tx); err != nil {
						return fmt.Errorf("table %s: %w", table.Name, err)
					}
				}
				return nil
			})
		})
	})
}

// insert adds the rows to the table of a ledger.
func (t Table) insert(ctx context.Context, tx *sql.Tx) (err error) {
	places := strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", ")
	insert, err := tx.PrepareContext(ctx, fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, t.Name, strings.Join(t.Columns, ", "), places))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for values, err := range t.Rows {
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

// write opens the ledger in a directory, fills it, checks it, and writes its file.
func write(ctx context.Context, dir string, to io.Writer, fill func(*Ledger) error) (err error) {
	made, err := Open(ctx, dir)
	if err != nil {
		return err
	}
	err = fill(made)
	if err == nil {
		err = made.Check(ctx)
	}
	if err == nil {
		err = made.seal(ctx)
	}
	if err := errors.Join(err, made.Close()); err != nil {
		return err
	}
	from, err := os.Open(made.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if _, err := io.Copy(to, from); err != nil {
		return fmt.Errorf("export the ledger: %w", err)
	}
	return nil
}

// seal makes the file of a copy complete without its log, and frees all targets: no process uses the copy.
func (l *Ledger) seal(ctx context.Context) error {
	_, err := l.db.ExecContext(ctx, `DELETE FROM locks; PRAGMA wal_checkpoint(TRUNCATE)`)
	return l.wrap("copy the ledger", err)
}

// aside calls a function with a new directory in a directory, which is removed afterwards.
func aside(dir string, do func(dir string) error) (err error) {
	removeCopies(dir)
	made, err := os.MkdirTemp(dir, copyPrefix+"*")
	if err != nil {
		return fail(unwritable(err), "copy the ledger", dir, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	return do(made)
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
	err = aside(dir, func(made string) error {
		copied, err := adopt(ctx, made, from)
		if err != nil {
			return err
		}
		err = copied.db.QueryRowContext(ctx, `SELECT count(*) FROM runs`).Scan(&runs)
		if err := errors.Join(copied.wrap(op, err), copied.Close()); err != nil {
			return err
		}
		release, err := target.openingLock(ctx)
		if err != nil {
			return err
		}
		defer release()
		if err := target.hasNoRuns(ctx); err != nil {
			return err
		}
		for _, suffix := range []string{"-wal", "-shm", "-journal"} { // of a ledger without runs
			if err := os.Remove(target.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fail(unwritable(err), op, target.path, err)
			}
		}
		if err := errors.Join(os.Rename(copied.path, target.path), fsync.Dir(dir)); err != nil {
			return fail(unwritable(err), op, target.path, err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return runs, nil
}

// Unpack calls a function with the ledger in a copy, as [Ledger.Export] has written it. The copy is checked completely first. It
// is unpacked into a new directory in a directory, and removed afterwards.
func Unpack(ctx context.Context, dir string, from io.Reader, use func(*Ledger) error) error {
	if err := makeDir(dir); err != nil {
		return fail(unwritable(err), "create the state directory", dir, err)
	}
	return aside(dir, func(made string) error {
		copied, err := adopt(ctx, made, from)
		if err != nil {
			return err
		}
		return errors.Join(use(copied), copied.Close())
	})
}

// adopt writes the copy into a new directory, checks it, and opens it.
func adopt(ctx context.Context, dir string, from io.Reader) (_ *Ledger, err error) {
	const op = "import the ledger"
	file, err := os.OpenFile(filepath.Join(dir, FileName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fail(unwritable(err), op, dir, err)
	}
	size, err := io.Copy(file, from)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	if size == 0 {
		return nil, fail(ledger.Damaged, op, "", errors.New("the copy is empty"))
	}
	copied, err := Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	err = copied.Check(ctx)
	if err == nil {
		err = copied.seal(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, copied.Close())
	}
	return copied, nil
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
