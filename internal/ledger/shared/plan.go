package shared

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
)

// NewPlan implements [ledger.Store]. The plan has copies of the evidence in its scratch file, on this machine.
func (l *Ledger) NewPlan(ctx context.Context) (ledger.Plan, error) {
	plan, err := file.NewPlan(ctx, l.dir, l)
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// enterAtOnce is the number of users that are entered in one transaction, during which the lease cannot be renewed.
const enterAtOnce = 8192

// enter records the digests of a run's rows, in order, so that each page of the index is written once.
func (k *Lock) enter(ctx context.Context, plan *file.Plan, run int64) error {
	entries := make([][]any, 0, enterAtOnce)
	copyAll := func() error {
		if len(entries) == 0 {
			return nil
		}
		err := k.transact(ctx, "record the run in the shared ledger", func(tx pgx.Tx) error {
			_, err := tx.CopyFrom(ctx, pgx.Identifier{"usher", "digests"}, []string{"digest", "run", "row"}, pgx.CopyFromRows(entries))
			return err
		})
		entries = entries[:0]
		return err
	}
	for planned, err := range plan.Digests(ctx) {
		if err != nil {
			return err
		}
		entries = append(entries, []any{planned.Digest[:], run, int32(planned.Row)})
		if len(entries) == enterAtOnce {
			if err := copyAll(); err != nil {
				return err
			}
		}
	}
	return copyAll()
}

// AssignedKey implements [file.Source].
func (l *Ledger) AssignedKey(ctx context.Context, person ledger.Digest) (key ledger.Digest, ok bool, err error) {
	keys, err := collect(ctx, l.pool, pgx.RowTo[[]byte], `SELECT key FROM usher.assigned WHERE person = $1`, person[:])
	if err != nil || len(keys) == 0 {
		return ledger.Digest{}, false, l.wrap("read the shared ledger", err)
	}
	return ledger.Digest(keys[0]), true, nil
}

// IsAssigned implements [file.Source].
func (l *Ledger) IsAssigned(ctx context.Context, key ledger.Digest) (is bool, err error) {
	err = l.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM usher.assigned WHERE key = $1)`, key[:]).Scan(&is)
	return is, l.wrap("read the shared ledger", err)
}

// IsForgotten implements [file.Source].
func (l *Ledger) IsForgotten(ctx context.Context, key ledger.Digest, userID string) (is bool, err error) {
	err = l.pool.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM usher.digests AS noted JOIN usher.rows AS known ON known.run = noted.run AND known.row = noted.row
			WHERE noted.digest = $1 AND known.state = 'forgotten' AND known.user_id = $2)`, key[:], userID).Scan(&is)
	return is, l.wrap("read the shared ledger", err)
}

// Rekey implements [file.Source]. The caller has the lease of the target.
func (l *Ledger) Rekey(ctx context.Context, respellings ...ledger.Respelling) error {
	return l.transact(ctx, "record the users in the shared ledger", func(tx pgx.Tx) error { return rekey(ctx, tx, respellings) })
}

func rekey(ctx context.Context, tx pgx.Tx, respellings []ledger.Respelling) error {
	others, digests := make([][]byte, len(respellings)), make([][]byte, len(respellings))
	for n, r := range respellings {
		others[n], digests[n] = r.Other[:], r.Digest[:]
	}
	const pairs = `WITH pairs AS (SELECT * FROM unnest($1::bytea[], $2::bytea[]) AS pair (other, digest)) `
	for _, statement := range []string{
		`INSERT INTO usher.digests (digest, run, row)
			SELECT pairs.digest, noted.run, noted.row FROM pairs JOIN usher.digests AS noted ON noted.digest = pairs.other ON CONFLICT DO NOTHING`,
		`UPDATE usher.rows SET digest = pairs.digest FROM pairs JOIN usher.digests AS noted ON noted.digest = pairs.other
			WHERE rows.run = noted.run AND rows.row = noted.row AND rows.digest = pairs.other`,
		`DELETE FROM usher.digests USING pairs WHERE digests.digest = pairs.other`,
		`UPDATE usher.assigned SET key = pairs.digest FROM pairs
			WHERE key = pairs.other AND NOT EXISTS (SELECT FROM usher.assigned AS taken WHERE taken.key = pairs.digest)`,
	} {
		if _, err := tx.Exec(ctx, pairs+statement, others, digests); err != nil {
			return err
		}
	}
	return nil
}
