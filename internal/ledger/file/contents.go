package file

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"

	"github.com/bring-aboard/usher/internal/fsync"
	"github.com/bring-aboard/usher/internal/ledger"
)

// movedSuffix is the end of the name of a ledger that was moved into a shared one.
const movedSuffix = ".moved"

// Key returns the key of the ledger's digests.
func (l *Ledger) Key(ctx context.Context) (key []byte, err error) {
	err = l.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = 'digest key'").Scan(&key)
	return key, l.wrap("read the key of the ledger", err)
}

// Contents yields the rows of a table of the ledger with these columns, as SQLite returns their values: times are milliseconds,
// lists and counts JSON. Rows that are only intended are among those of the table rows.
func (l *Ledger) Contents(ctx context.Context, table string, columns ...string) iter.Seq2[[]any, error] {
	const op = "read the ledger"
	list := strings.Join(columns, ", ")
	query := fmt.Sprintf("SELECT %s FROM %s", list, table)
	if table == "rows" {
		query += fmt.Sprintf(" UNION ALL SELECT %s FROM intended", list)
	}
	return func(yield func([]any, error) bool) {
		found, err := l.db.QueryContext(ctx, query)
		if err != nil {
			yield(nil, l.wrap(op, err))
			return
		}
		defer func() { _ = found.Close() }() // Err has reported it
		for found.Next() {
			values, places := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				places[i] = &values[i]
			}
			if err := found.Scan(places...); err != nil {
				yield(nil, l.wrap(op, err))
				return
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := found.Err(); err != nil {
			yield(nil, l.wrap(op, err))
		}
	}
}

// ComparesAsBefore reports whether the ledger has digests of the old comparison of keys; see [ledger.KeyDigests].
func (l *Ledger) ComparesAsBefore() bool { return l.lastOld > 0 }

// Retire closes a ledger that was moved into a shared one, and renames its file. The directory has no ledger from now on: Open
// returns an error instead of a new one.
func (l *Ledger) Retire(ctx context.Context) error {
	const op = "set the moved ledger aside"
	if _, err := l.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return l.wrap(op, err)
	}
	if err := errors.Join(l.Close(), os.Rename(l.path, l.path+movedSuffix), fsync.Dir(l.dir)); err != nil {
		return fail(unwritable(err), op, l.path, err)
	}
	return nil
}

// checkMoved returns an error if the ledger was moved into a shared one.
func (l *Ledger) checkMoved() error {
	if isThere(l.path) || !isThere(l.path+movedSuffix) {
		return nil
	}
	return fail(ledger.Moved, "open the ledger", l.path, errors.New("it was moved into a shared ledger"))
}
