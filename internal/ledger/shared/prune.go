package shared

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
)

// sqlSettled selects runs that have ended, were not pruned, and have no row whose user is in doubt or must be looked up once
// more.
const sqlSettled = `ended IS NOT NULL AND pruned IS NULL
	AND NOT coalesce(states, usher.count_states(number)) ?| ARRAY['sent', 'unknown']
	AND NOT EXISTS (SELECT FROM usher.rows WHERE run = runs.number AND due)
	AND NOT EXISTS (SELECT FROM usher.rows WHERE run = runs.number AND word AND state NOT IN ` + sqlPresent + `)`

// Prunable implements [ledger.Store].
func (l *Ledger) Prunable(ctx context.Context, which ledger.Prunable) ([]ledger.PastRun, error) {
	return l.runs(ctx, `WHERE `+sqlSettled+` AND ended < $1
		AND number NOT IN (SELECT number FROM usher.runs WHERE pruned IS NULL ORDER BY number DESC LIMIT $2)
		ORDER BY number DESC`, which.Before, which.Keep)
}

// sqlKept selects the rows of the runs in $1 with what is known of users: of each digest the row that decides that its user
// exists, and rows that a later decision may need.
const sqlKept = `
	SELECT run, row FROM (
		SELECT entry.run, entry.row, row_number() OVER (
			PARTITION BY entry.digest, known.digest ORDER BY (known.state = 'created') DESC, entry.run DESC, entry.row DESC) AS rank
		FROM usher.digests AS entry JOIN usher.rows AS known ON known.run = entry.run AND known.row = entry.row
		WHERE known.state IN ` + sqlPresent + ` AND entry.digest IN (SELECT digest FROM usher.digests WHERE run = ANY ($1))) AS ranked
	WHERE rank = 1
	UNION
	SELECT run, row FROM usher.rows WHERE run = ANY ($1) AND (
		state IN ` + sqlInDoubt + ` OR due OR word OR class = '` + ledger.ClassSharedID + `' OR state = 'created' AND digest IS NULL
		OR state IN ` + sqlRemovalInDoubt + `)`

// Prune implements [ledger.Lock].
func (k *Lock) Prune(ctx context.Context, runs ...ledger.PastRun) (pruned ledger.Pruned, err error) {
	var wanted []int64
	for _, run := range runs {
		if err := k.covers(run); err != nil {
			return ledger.Pruned{}, err
		}
		wanted = append(wanted, run.Number)
	}
	err = k.transact(ctx, "prune the runs in the shared ledger", func(tx pgx.Tx) error {
		numbers, err := collect(ctx, tx, pgx.RowTo[int64], `SELECT number FROM usher.runs WHERE `+sqlSettled+` AND target = $1 AND number = ANY ($2)`, k.target, wanted)
		if err != nil || len(numbers) == 0 {
			return err
		}
		for _, step := range []struct {
			statement string
			rows      *int
		}{
			{`WITH kept AS MATERIALIZED (` + sqlKept + `) DELETE FROM usher.rows WHERE run = ANY ($1) AND NOT EXISTS (
				SELECT FROM kept WHERE kept.run = rows.run AND kept.row = rows.row)`, &pruned.Rows},
			{`DELETE FROM usher.digests WHERE run = ANY ($1) AND NOT EXISTS (SELECT FROM usher.rows WHERE rows.run = digests.run AND rows.row = digests.row)`, new(int)},
			{`DELETE FROM usher.runs WHERE number = ANY ($1) AND NOT EXISTS (SELECT FROM usher.rows WHERE run = runs.number)`, &pruned.Deleted},
			{`UPDATE usher.runs SET pruned = now(), rows_read = (SELECT count(*) FROM usher.rows WHERE run = runs.number), states = usher.count_states(number)
				WHERE number = ANY ($1)`, new(int)},
		} {
			tag, err := tx.Exec(ctx, step.statement, numbers)
			if err != nil {
				return err
			}
			*step.rows = int(tag.RowsAffected())
		}
		pruned.Runs = len(numbers)
		return tx.QueryRow(ctx, `SELECT count(*) FROM usher.rows WHERE run = ANY ($1)`, numbers).Scan(&pruned.Kept)
	})
	return pruned, err
}
