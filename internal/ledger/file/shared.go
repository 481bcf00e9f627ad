package file

import (
	"context"
	"database/sql"

	"github.com/bring-aboard/usher/internal/ledger"
)

// sqlLineage selects the runs among which an id must be unique: a run, and those of the same roster at the same
// target, which it resumes or which resume it. A run that created no users resumes none, because a roster may be
// imported repeatedly.
const sqlLineage = `
	SELECT other.number FROM runs AS this JOIN runs AS other
	ON other.number = this.number OR this.sha256 <> '' AND other.sha256 = this.sha256 AND other.target = this.target
		AND EXISTS (SELECT 1 FROM rows WHERE run = this.number AND state = 'created')
	WHERE this.number = ?1`

// sqlSharedID is the message of a row whose id was removed. A later run of the roster finds the id by it.
const sqlSharedID = `'the provider returned the id "' || user_id || '" for several users'`

// DropSharedIDs implements [ledger.Lock].
func (k *Lock) DropSharedIDs(ctx context.Context, run ledger.PastRun) (lost int, err error) {
	if err := k.covers(run); err != nil {
		return 0, err
	}
	err = k.ledger.transact(ctx, "record the rows in the ledger", func(tx *sql.Tx) error {
		var mayBe bool // cheaper than the update, and false for almost every run
		if err := tx.QueryRowContext(ctx, `
			WITH lineage AS MATERIALIZED (`+sqlLineage+`)
			SELECT EXISTS (SELECT 1 FROM rows WHERE run IN lineage AND class = '`+ledger.ClassSharedID+`')
				OR EXISTS (SELECT 1 FROM rows WHERE run IN lineage AND state IN `+sqlPresent+` AND user_id <> ''
					GROUP BY user_id HAVING count(*) > 1)`, run.Number).Scan(&mayBe); err != nil || !mayBe {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			WITH lineage AS MATERIALIZED (`+sqlLineage+`),
			named AS MATERIALIZED (
				SELECT run, row, user_id, class, message, coalesce(digest, run || '/' || row) AS person
				FROM rows WHERE run IN lineage AND state IN `+sqlPresent+`),
			shared AS MATERIALIZED (
				SELECT user_id FROM named WHERE user_id <> '' GROUP BY user_id HAVING count(DISTINCT person) > 1
				UNION
				SELECT user_id FROM named WHERE user_id <> '' AND `+sqlSharedID+` IN (SELECT message FROM named WHERE class = '`+ledger.ClassSharedID+`'))
			UPDATE rows SET class = '`+ledger.ClassSharedID+`', message = `+sqlSharedID+`, user_id = ''
			WHERE run IN lineage AND state IN `+sqlPresent+` AND user_id IN shared`, run.Number)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT `+sqlCountShared, run.Number).Scan(&lost)
	})
	return lost, err
}

const sqlCountShared = `count(*) FROM rows WHERE run = ? AND class = '` + ledger.ClassSharedID + `'`

// SharedIDs implements [ledger.Store].
func (l *Ledger) SharedIDs(ctx context.Context, run ledger.PastRun) (lost int, err error) {
	err = l.db.QueryRowContext(ctx, `SELECT `+sqlCountShared, run.Number).Scan(&lost)
	return lost, l.wrap("read the ledger", err)
}
