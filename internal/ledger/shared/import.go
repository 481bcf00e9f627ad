package shared

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
)

// Import copies the ledger of a machine into a shared one without runs, in one transaction, and returns the number of its
// runs and the place of the shared ledger. Rows without an outcome are in doubt of this machine. Both must have the same key,
// because digests are one-way. The error is [ledger.ErrHasRuns] if the shared ledger has runs, and a [*ledger.LockedError] if a run
// is in progress in the ledger of the machine.
func Import(ctx context.Context, c Config, from *file.Ledger) (runs int, place string, err error) {
	const op = "import into the shared ledger"
	key, err := from.Key(ctx)
	if err != nil {
		return 0, place, err
	}
	if !bytes.Equal(key, c.Key) {
		return 0, "", &ledger.Error{Kind: ledger.NoKey, Op: op, Place: from.Place(), Err: errors.New("the ledger to import has another key of digests than ledger-key"),
			Next: []string{"usher runs export ledger.key --key", "set ledger-key to the key in this file"}}
	}
	if from.ComparesAsBefore() {
		return 0, "", &ledger.Error{Kind: ledger.Damaged, Op: op, Place: from.Place(), Err: errors.New("an earlier usher wrote a part of the ledger, and compared keys otherwise"),
			Next: []string{"usher runs prune --before 0d"}}
	}
	holders, err := from.Holders(ctx)
	if err != nil {
		return 0, place, err
	}
	if len(holders) > 0 {
		return 0, "", &ledger.LockedError{Target: holders[0].Target, Holder: holders[0]}
	}
	to, err := Open(ctx, c)
	if err != nil {
		return 0, place, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	place = to.Place()
	err = to.transact(ctx, op, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM usher.meta FOR UPDATE`); err != nil { // one import at a time
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM usher.runs`).Scan(&runs); err != nil {
			return err
		}
		if runs > 0 {
			return ledger.ErrHasRuns
		}
		for _, t := range tables() {
			if err := to.fill(ctx, tx, t, from); err != nil {
				return fmt.Errorf("table %s: %w", t.name, err)
			}
		}
		return tx.QueryRow(ctx, `
			SELECT count(*), setval(pg_get_serial_sequence('usher.runs', 'number'), greatest(max(number), 1)) IS NULL FROM usher.runs`).Scan(&runs, new(bool))
	})
	if err != nil {
		return 0, place, err
	}
	return runs, place, nil
}

// fill copies a table. The runs are those of this machine from now on.
func (l *Ledger) fill(ctx context.Context, tx pgx.Tx, t table, from *file.Ledger) error {
	columns, own := slices.Clone(t.columns), []any(nil)
	if t.name == "runs" {
		columns, own = append(columns, "machine", "who"), []any{l.machine, l.who}
	}
	next, stop := iter.Pull2(from.Contents(ctx, t.name, t.columns...))
	defer stop()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"usher", t.name}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		values, err, ok := next()
		if !ok || err != nil {
			return nil, err
		}
		for i, name := range t.columns {
			if values[i], err = fromFile(name, values[i]); err != nil {
				return nil, fmt.Errorf("column %s: %w", name, err)
			}
		}
		return append(values, own...), nil
	}))
	return err
}
