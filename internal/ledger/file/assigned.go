package file

import (
	"context"
	"database/sql"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
)

// addAssigned creates the table of the keys that were generated for people who had none.
func addAssigned(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		CREATE TABLE assigned (
			person BLOB PRIMARY KEY,
			key    BLOB NOT NULL UNIQUE
		) STRICT, WITHOUT ROWID`)
	return err
}

// Assign implements [ledger.Lock].
func (k *Lock) Assign(ctx context.Context, assignments iter.Seq2[ledger.Assignment, error]) error {
	return k.ledger.transact(ctx, "record the generated keys in the ledger", func(tx *sql.Tx) error {
		for a, err := range assignments {
			if err == nil {
				_, err = tx.ExecContext(ctx, `INSERT INTO assigned (person, key) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET key = excluded.key`,
					a.Person[:], a.Key[:])
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// AssignedKey implements [ledger.Plan].
func (p *Plan) AssignedKey(ctx context.Context, person ledger.Digest) (key ledger.Digest, ok bool, err error) {
	var blob []byte
	ok, err = p.one(ctx, &p.assigned, `SELECT key FROM ledger.assigned WHERE person = ?`, person[:], &blob)
	copy(key[:], blob)
	return key, ok, p.wrap(err)
}

// IsTaken implements [ledger.Plan].
func (p *Plan) IsTaken(ctx context.Context, key ledger.Digest) (taken bool, err error) {
	for _, flush := range []func(context.Context) error{p.digests.flush, p.listed.flush} {
		if err := flush(ctx); err != nil {
			return false, p.wrap(err)
		}
	}
	_, err = p.one(ctx, &p.taken, `
		SELECT EXISTS (SELECT 1 FROM ledger.assigned WHERE key = ?1) OR EXISTS (SELECT 1 FROM main.digests WHERE digest = ?1)
		       OR EXISTS (SELECT 1 FROM main.listed WHERE digest = ?1)`, key[:], &taken)
	return taken, p.wrap(err)
}

// Change implements [ledger.Plan].
func (p *Plan) Change(ctx context.Context, row ledger.RosterRow, old ledger.Digest, key ledger.KeyDigests) error {
	for _, flush := range []func(context.Context) error{p.rows.flush, p.digests.flush, p.old.flush, p.answers.flush} {
		if err := flush(ctx); err != nil {
			return p.wrap(err)
		}
	}
	var had bool
	err := p.conn.QueryRowContext(ctx, `SELECT faults IS NOT NULL FROM main.rows WHERE row = ?`, row.Row).Scan(&had)
	if err != nil {
		return p.wrap(err)
	}
	if row.Faults != nil && !had {
		p.count.Invalid++
	}
	for _, change := range []struct {
		statement string
		args      []any
	}{
		{`UPDATE main.rows SET record = ?2, faults = ?3 WHERE row = ?1`, []any{row.Row, row.Record, row.Faults}},
		{`DELETE FROM main.digests WHERE digest = ?2 AND row = ?1`, []any{row.Row, old[:]}},
		{`DELETE FROM main.old_digests WHERE row = ?`, []any{row.Row}},
		{`DELETE FROM main.answers WHERE row = ?`, []any{row.Row}},
	} {
		if _, err := p.conn.ExecContext(ctx, change.statement, change.args...); err != nil {
			return p.wrap(err)
		}
	}
	return p.addKey(ctx, row.Row, key)
}
