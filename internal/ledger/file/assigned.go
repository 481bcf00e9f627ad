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
	key, ok, err = p.store.assignedKey(ctx, p, person)
	return key, ok, p.wrap(err)
}

// IsAssigned implements [ledger.Plan].
func (p *Plan) IsAssigned(ctx context.Context, key ledger.Digest) (is bool, err error) {
	is, err = p.store.isAssigned(ctx, p, key)
	return is, p.wrap(err)
}

// IsForgotten implements [ledger.Plan].
func (p *Plan) IsForgotten(ctx context.Context, key ledger.Digest, userID string) (is bool, err error) {
	if userID == "" {
		return false, nil
	}
	is, err = p.store.isForgotten(ctx, p, key, userID)
	return is, p.wrap(err)
}

// IsTaken implements [ledger.Plan].
func (p *Plan) IsTaken(ctx context.Context, key ledger.KeyDigests) (taken bool, err error) {
	for _, flush := range []func(context.Context) error{p.digests.flush, p.listed.flush} {
		if err := flush(ctx); err != nil {
			return false, p.wrap(err)
		}
	}
	_, err = p.one(ctx, `
		SELECT EXISTS (SELECT 1 FROM main.digests WHERE digest = ?1) OR EXISTS (SELECT 1 FROM main.listed WHERE digest = ?1)`, []any{key.Form[:]}, &taken)
	if err == nil && !taken {
		taken, err = p.store.isAssigned(ctx, p, key.Form)
	}
	if err != nil || taken {
		return taken, p.wrap(err)
	}
	known, err := p.KnownByKey(ctx, key)
	return known.Standing != ledger.New, err
}

// Change implements [ledger.Plan].
func (p *Plan) Change(ctx context.Context, row ledger.RosterRow, old ledger.Digest, key ledger.KeyDigests) error {
	for _, flush := range []func(context.Context) error{p.rows.flush, p.digests.flush, p.old.flush, p.answers.flush} {
		if err := flush(ctx); err != nil {
			return p.wrap(err)
		}
	}
	return p.wrap(p.change(ctx, row, old, key))
}

func (p *Plan) change(ctx context.Context, row ledger.RosterRow, old ledger.Digest, key ledger.KeyDigests) error {
	var was bool
	if _, err := p.one(ctx, `SELECT faults IS NOT NULL FROM main.rows WHERE row = ?`, []any{row.Row}, &was); err != nil {
		return err
	}
	if row.Faults != nil && !was {
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
		if err := p.do(ctx, change.statement, change.args...); err != nil {
			return err
		}
	}
	if key.Form.IsZero() {
		return nil
	}
	if err := p.do(ctx, `INSERT INTO main.digests (digest, row, exact) VALUES (?, ?, ?)`, key.Form[:], row.Row, key.Exact.Blob()); err != nil {
		return err
	}
	return p.addOld(ctx, row.Row, key)
}
