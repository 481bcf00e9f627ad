package file

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/target"
)

// Admit implements [ledger.Lock].
func (k *Lock) Admit(ctx context.Context, id ledger.Identity) error {
	known, err := k.ledger.knownTargets(ctx)
	if err != nil {
		return err
	}
	if failure := ledger.Judge(known, k.target, id); failure != nil {
		return failure
	}
	k.identity = id
	return nil
}

// knownTargets returns the targets at addresses that the ledger has.
func (l *Ledger) knownTargets(ctx context.Context) ([]ledger.KnownTarget, error) {
	known, err := collect(ctx, l.db, scanTarget, `SELECT target, credentials, organization, merged FROM targets ORDER BY target`)
	if err != nil {
		return nil, l.wrap("read the ledger", err)
	}
	for i := range known {
		if known[i].Spellings, err = l.Spellings(ctx, known[i].Target); err != nil {
			return nil, err
		}
	}
	return known, nil
}

func scanTarget(rows *sql.Rows) (k ledger.KnownTarget, err error) {
	var credentials, organization []byte
	err = rows.Scan(&k.Target, &credentials, &organization, &k.Merged)
	copy(k.Identity.Credentials[:], credentials)
	copy(k.Identity.Organization[:], organization)
	return k, err
}

// Spellings implements [ledger.Store].
func (l *Ledger) Spellings(ctx context.Context, at string) ([]string, error) {
	spellings, err := collect(ctx, l.db, func(rows *sql.Rows) (text string, err error) {
		return text, rows.Scan(&text)
	}, `SELECT spelling FROM spellings WHERE target = ? ORDER BY spelling`, at)
	return spellings, l.wrap("read the ledger", err)
}

// Merged implements [ledger.Store].
func (l *Ledger) Merged(ctx context.Context) (map[string][]string, error) {
	known, err := l.knownTargets(ctx)
	return ledger.MergedOf(known), err
}

// MergedTold implements [ledger.Lock].
func (k *Lock) MergedTold(ctx context.Context) error {
	_, err := k.ledger.db.ExecContext(ctx, `UPDATE targets SET merged = 0 WHERE target = ?`, k.target)
	return k.ledger.wrap("record the target in the ledger", err)
}

// SameTenant implements [ledger.Store].
func (l *Ledger) SameTenant(ctx context.Context, at string, id ledger.Identity) error {
	return l.decide(ctx, at, id, func(tx *sql.Tx, others []string) error {
		for _, other := range others {
			if _, err := tx.ExecContext(ctx, `UPDATE runs SET target = ?1 WHERE target = ?2`, at, other); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE spellings SET target = ?1 WHERE target = ?2`, at, other); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO spellings (spelling, target) VALUES (?2, ?1)`, at, other); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM targets WHERE target = ?`, other); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM spellings WHERE spelling = target`)
		return err
	})
}

// NewTenant implements [ledger.Store].
func (l *Ledger) NewTenant(ctx context.Context, at string, id ledger.Identity) error {
	if parsed, ok := target.Parse(at); ok && parsed.Tenant == "" {
		return &ledger.TenantError{Reason: ledger.OtherCredentials, Target: at}
	}
	return l.decide(ctx, at, id, func(*sql.Tx, []string) error { return nil })
}

// decide executes a change that decides to which tenant the users of the other targets belong, and records the identity of
// the target.
func (l *Ledger) decide(ctx context.Context, at string, id ledger.Identity, change func(tx *sql.Tx, others []string) error) (err error) {
	known, err := l.knownTargets(ctx)
	if err != nil {
		return err
	}
	others, err := ledger.Undecided(known, at, id)
	if err != nil {
		return err
	}
	var locks []*Lock
	defer func() {
		for _, lock := range locks {
			err = errors.Join(err, lock.Release())
		}
	}()
	for _, held := range append([]string{at}, others...) {
		lock, failure := l.lock(ctx, held)
		if failure != nil {
			return failure
		}
		locks = append(locks, lock)
	}
	return l.transact(ctx, "record the tenant in the ledger", func(tx *sql.Tx) error {
		if err := change(tx, others); err != nil {
			return err
		}
		return recordIdentity(ctx, tx, at, id)
	})
}

// recordIdentity writes the known part of an identity as the last one at a target.
func recordIdentity(ctx context.Context, tx *sql.Tx, at string, id ledger.Identity) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO targets (target, credentials, organization) VALUES (?1, ?2, ?3)
		ON CONFLICT DO UPDATE SET credentials = coalesce(?2, credentials), organization = CASE WHEN ?2 IS NULL THEN organization ELSE ?3 END`,
		at, id.Credentials.Blob(), id.Organization.Blob())
	return err
}

// enterTarget records the lock's target with its identity as a run begins, and remembers the identity before, in
// case the run does not confirm the new one.
func (k *Lock) enterTarget(ctx context.Context, tx *sql.Tx) error {
	if _, ok := target.Parse(k.target); !ok {
		return nil
	}
	var credentials, organization []byte
	err := tx.QueryRowContext(ctx, `SELECT credentials, organization FROM targets WHERE target = ?`, k.target).Scan(&credentials, &organization)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	k.before = ledger.Identity{}
	copy(k.before.Credentials[:], credentials)
	copy(k.before.Organization[:], organization)
	return recordIdentity(ctx, tx, k.target, k.identity)
}

// leaveTarget restores the identity if no row shows that the provider accepted it, because wrong credentials do
// not identify the tenant.
func (k *Lock) leaveTarget(ctx context.Context, tx *sql.Tx, counts rowstate.Counts) error {
	if counts[rowstate.Failed]+counts[rowstate.NotTried] < counts.Rows() || k.identity == k.before {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE targets SET credentials = ?2, organization = ?3 WHERE target = ?1`,
		k.target, k.before.Credentials.Blob(), k.before.Organization.Blob())
	return err
}

// Rekey implements [ledger.Lock].
func (k *Lock) Rekey(ctx context.Context, respellings ...ledger.Respelling) error {
	if len(respellings) == 0 {
		return nil
	}
	return k.ledger.transact(ctx, "record the users in the ledger", func(tx *sql.Tx) error {
		for _, r := range respellings {
			for _, statement := range []string{
				`INSERT INTO digests (digest, run, row) SELECT ?1, run, row FROM digests WHERE digest = ?2 ON CONFLICT DO NOTHING`,
				`UPDATE rows SET digest = ?1 WHERE digest = ?2 AND (run, row) IN (SELECT run, row FROM digests WHERE digest = ?2)`,
				`DELETE FROM digests WHERE digest = ?2 AND ?1 IS NOT NULL`,
				`UPDATE OR IGNORE assigned SET key = ?1 WHERE key = ?2`,
			} {
				if _, err := tx.ExecContext(ctx, statement, r.Digest[:], r.Other[:]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Rename implements [ledger.Lock].
func (k *Lock) Rename(ctx context.Context, from, to ledger.Digest, oldID, newID string) error {
	if from != to {
		if err := k.Rekey(ctx, ledger.Respelling{Other: from, Digest: to}); err != nil {
			return err
		}
	}
	if oldID == newID || newID == "" {
		return nil
	}
	_, err := k.ledger.db.ExecContext(ctx, `UPDATE rows SET user_id = ?1 WHERE user_id = ?2 AND (run, row) IN (SELECT run, row FROM digests WHERE digest = ?3)`,
		newID, oldID, to[:])
	return k.ledger.wrap("record the users in the ledger", err)
}

const tableOfRekeyings = `
		CREATE TABLE main.rekeyings (other BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;`

func (p *Plan) newRekeyings() *sortedInsert[ledger.Respelling] {
	return &sortedInsert[ledger.Respelling]{
		grouped: grouped[ledger.Respelling]{
			conn: p.conn, into: `INSERT INTO main.rekeyings (other, digest)`, values: `(?, ?)`, then: ` ON CONFLICT (other) DO NOTHING`,
			bind: func(r *ledger.Respelling, args []any) []any { return append(args, r.Other[:], r.Digest[:]) },
		},
		compare: func(a, b ledger.Respelling) int { return bytes.Compare(a.Other[:], b.Other[:]) },
	}
}

// AddRespellings implements [ledger.Plan].
func (p *Plan) AddRespellings(ctx context.Context, respellings ...ledger.Respelling) error {
	for _, r := range respellings {
		p.respelled = true
		if err := p.rekeyings.add(ctx, r); err != nil {
			return p.wrap(err)
		}
	}
	return nil
}

// Rekey implements [ledger.Plan].
func (p *Plan) Rekey(ctx context.Context) error {
	if !p.respelled {
		return nil
	}
	if err := p.rekeyings.flush(ctx); err != nil {
		return p.wrap(err)
	}
	return p.wrap(p.store.rekey(ctx, p))
}
