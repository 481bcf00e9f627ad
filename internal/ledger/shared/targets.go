package shared

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

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
	known, err := collect(ctx, l.pool, func(row pgx.CollectableRow) (k ledger.KnownTarget, err error) {
		var credentials, organization []byte
		err = row.Scan(&k.Target, &credentials, &organization, &k.Merged, &k.Spellings)
		copy(k.Identity.Credentials[:], credentials)
		copy(k.Identity.Organization[:], organization)
		return k, err
	}, `SELECT target, credentials, organization, merged,
			ARRAY(SELECT spelling FROM usher.spellings WHERE spellings.target = targets.target ORDER BY spelling)
		FROM usher.targets ORDER BY target`)
	return known, l.wrap("read the shared ledger", err)
}

// Spellings implements [ledger.Store].
func (l *Ledger) Spellings(ctx context.Context, at string) ([]string, error) {
	spellings, err := collect(ctx, l.pool, pgx.RowTo[string], `SELECT spelling FROM usher.spellings WHERE target = $1 ORDER BY spelling`, at)
	return spellings, l.wrap("read the shared ledger", err)
}

// Merged implements [ledger.Store].
func (l *Ledger) Merged(ctx context.Context) (map[string][]string, error) {
	known, err := l.knownTargets(ctx)
	return ledger.MergedOf(known), err
}

// MergedTold implements [ledger.Lock].
func (k *Lock) MergedTold(ctx context.Context) error {
	_, err := k.ledger.pool.Exec(ctx, `UPDATE usher.targets SET merged = false WHERE target = $1`, k.target)
	return k.ledger.wrap("record the target in the shared ledger", err)
}

// SameTenant implements [ledger.Store].
func (l *Ledger) SameTenant(ctx context.Context, at string, id ledger.Identity) error {
	return l.decide(ctx, at, id, func(tx pgx.Tx, others []string) error {
		for _, statement := range []string{
			`UPDATE usher.runs SET target = $1 WHERE target = ANY ($2)`,
			`UPDATE usher.spellings SET target = $1 WHERE target = ANY ($2)`,
			`INSERT INTO usher.spellings (spelling, target) SELECT other, $1 FROM unnest($2::text[]) AS other`,
			`DELETE FROM usher.targets WHERE target = ANY ($2) AND target <> $1`,
			`DELETE FROM usher.spellings WHERE spelling = target AND ($1::text, $2::text[]) IS NOT NULL`,
		} {
			if _, err := tx.Exec(ctx, statement, at, others); err != nil {
				return err
			}
		}
		return nil
	})
}

// NewTenant implements [ledger.Store].
func (l *Ledger) NewTenant(ctx context.Context, at string, id ledger.Identity) error {
	if parsed, ok := target.Parse(at); ok && parsed.Tenant == "" {
		return &ledger.TenantError{Reason: ledger.OtherCredentials, Target: at}
	}
	return l.decide(ctx, at, id, func(pgx.Tx, []string) error { return nil })
}

// decide executes a change that decides to which tenant the users of the other targets belong, and records the identity of
// the target.
func (l *Ledger) decide(ctx context.Context, at string, id ledger.Identity, change func(tx pgx.Tx, others []string) error) (err error) {
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
	for _, held := range slices.Concat([]string{at}, others) {
		lock, failure := l.lock(ctx, held)
		if failure != nil {
			return failure
		}
		locks = append(locks, lock)
	}
	return locks[0].transact(ctx, "record the tenant in the shared ledger", func(tx pgx.Tx) error {
		if err := change(tx, others); err != nil {
			return err
		}
		return recordIdentity(ctx, tx, at, id)
	})
}

// recordIdentity writes the known part of an identity as the last one at a target.
func recordIdentity(ctx context.Context, tx pgx.Tx, at string, id ledger.Identity) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO usher.targets AS t (target, credentials, organization) VALUES ($1, $2, $3)
		ON CONFLICT (target) DO UPDATE SET credentials = coalesce(excluded.credentials, t.credentials),
			organization = CASE WHEN excluded.credentials IS NULL THEN t.organization ELSE excluded.organization END`,
		at, id.Credentials.Blob(), id.Organization.Blob())
	return err
}

// enterTarget records the lock's target with its identity as a run begins, and remembers the identity before, in case the run
// does not confirm the new one.
func (k *Lock) enterTarget(ctx context.Context, tx pgx.Tx) error {
	if _, ok := target.Parse(k.target); !ok {
		return nil
	}
	var credentials, organization []byte
	err := tx.QueryRow(ctx, `SELECT credentials, organization FROM usher.targets WHERE target = $1`, k.target).Scan(&credentials, &organization)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	k.before = ledger.Identity{}
	copy(k.before.Credentials[:], credentials)
	copy(k.before.Organization[:], organization)
	return recordIdentity(ctx, tx, k.target, k.identity)
}

// leaveTarget restores the identity if no row shows that the provider accepted it, because wrong credentials do not identify
// the tenant.
func (k *Lock) leaveTarget(ctx context.Context, tx pgx.Tx, counts rowstate.Counts) error {
	if counts[rowstate.Failed]+counts[rowstate.NotTried] < counts.Rows() || k.identity == k.before {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE usher.targets SET credentials = $2, organization = $3 WHERE target = $1`,
		k.target, k.before.Credentials.Blob(), k.before.Organization.Blob())
	return err
}

// Rekey implements [ledger.Lock].
func (k *Lock) Rekey(ctx context.Context, respellings ...ledger.Respelling) error {
	if len(respellings) == 0 {
		return nil
	}
	return k.transact(ctx, "record the users in the shared ledger", func(tx pgx.Tx) error { return rekey(ctx, tx, respellings) })
}

// Rename implements [ledger.Lock].
func (k *Lock) Rename(ctx context.Context, from, to ledger.Digest, oldID, newID string) error {
	return k.transact(ctx, "record the users in the shared ledger", func(tx pgx.Tx) error {
		if from != to {
			if err := rekey(ctx, tx, []ledger.Respelling{{Other: from, Digest: to}}); err != nil {
				return err
			}
		}
		if oldID == newID || newID == "" {
			return nil
		}
		_, err := tx.Exec(ctx, `UPDATE usher.rows SET user_id = $2 WHERE `+sqlOfPerson+` AND user_id = $3`, to[:], newID, oldID)
		return err
	})
}

// Assign implements [ledger.Lock].
func (k *Lock) Assign(ctx context.Context, assignments iter.Seq2[ledger.Assignment, error]) error {
	var people, keys [][]byte
	for a, err := range assignments {
		if err != nil {
			return err
		}
		people, keys = append(people, a.Person[:]), append(keys, a.Key[:])
	}
	return k.transact(ctx, "record the generated keys in the shared ledger", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO usher.assigned (person, key) SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT (person) DO UPDATE SET key = excluded.key`,
			people, keys)
		return err
	})
}

// sqlLineage selects the runs among which an id must be unique: a run, and those of the same roster at the same target, which it
// resumes or which resume it. A run that created no users resumes none, because a roster may be imported repeatedly.
const sqlLineage = `
	WITH lineage AS MATERIALIZED (
		SELECT other.number FROM usher.runs AS this JOIN usher.runs AS other
		ON other.number = this.number OR this.sha256 <> '' AND other.sha256 = this.sha256 AND other.target = this.target
			AND EXISTS (SELECT FROM usher.rows WHERE run = this.number AND state = 'created')
		WHERE this.number = $1)`

// sqlSharedID is the message of a row whose id was removed. A later run of the roster finds the id by it.
const sqlSharedID = `'the provider returned the id "' || user_id || '" for several users'`

// DropSharedIDs implements [ledger.Lock].
func (k *Lock) DropSharedIDs(ctx context.Context, run ledger.PastRun) (lost int, err error) {
	if err := k.covers(run); err != nil {
		return 0, err
	}
	err = k.transact(ctx, "record the rows in the shared ledger", func(tx pgx.Tx) error {
		var mayBe bool // much cheaper than the update, and false for almost every run
		if err := tx.QueryRow(ctx, sqlLineage+`
			SELECT EXISTS (SELECT FROM usher.rows JOIN lineage ON run = number WHERE class = '`+ledger.ClassSharedID+`')
				OR EXISTS (SELECT FROM usher.rows JOIN lineage ON run = number WHERE state IN `+sqlPresent+` AND user_id <> ''
					GROUP BY user_id HAVING count(*) > 1)`, run.Number).Scan(&mayBe); err != nil || !mayBe {
			return err
		}
		_, err := tx.Exec(ctx, sqlLineage+`,
			named AS MATERIALIZED (
				SELECT run, row, user_id, class, message, coalesce(encode(digest, 'hex'), run || '/' || row) AS person
				FROM usher.rows JOIN lineage ON run = number WHERE state IN `+sqlPresent+`),
			lost AS MATERIALIZED (SELECT DISTINCT message FROM named WHERE class = '`+ledger.ClassSharedID+`'),
			taken AS MATERIALIZED (
				SELECT user_id FROM named WHERE user_id <> '' GROUP BY user_id HAVING count(DISTINCT person) > 1
				UNION
				SELECT user_id FROM named WHERE user_id <> '' AND `+sqlSharedID+` IN (SELECT message FROM lost))
			UPDATE usher.rows SET class = '`+ledger.ClassSharedID+`', message = `+sqlSharedID+`, user_id = ''
			WHERE run IN (SELECT number FROM lineage) AND state IN `+sqlPresent+` AND user_id IN (SELECT user_id FROM taken)`, run.Number)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, sqlCountShared, run.Number).Scan(&lost)
	})
	return lost, err
}

const sqlCountShared = `SELECT count(*) FROM usher.rows WHERE run = $1 AND class = '` + ledger.ClassSharedID + `'`

// SharedIDs implements [ledger.Store].
func (l *Ledger) SharedIDs(ctx context.Context, run ledger.PastRun) (lost int, err error) {
	err = l.pool.QueryRow(ctx, sqlCountShared, run.Number).Scan(&lost)
	return lost, l.wrap("read the shared ledger", err)
}
