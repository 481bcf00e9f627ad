package file

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
)

// sqlSettled selects runs that have ended, were not pruned, and have no row whose user is in doubt or must be
// looked up once more.
const sqlSettled = `ended IS NOT NULL AND pruned IS NULL
	AND NOT EXISTS (SELECT 1 FROM intents WHERE run = runs.number)
	AND NOT EXISTS (SELECT 1 FROM rows INDEXED BY rows_in_doubt WHERE run = runs.number AND state IN ` + sqlInDoubt + `)
	AND NOT EXISTS (SELECT 1 FROM rows INDEXED BY rows_due WHERE run = runs.number AND due = 1)
	AND NOT EXISTS (SELECT 1 FROM rows INDEXED BY rows_word WHERE run = runs.number AND word = 1 AND state NOT IN ` + sqlPresent + `)`

// Prunable implements [ledger.Store].
func (l *Ledger) Prunable(ctx context.Context, which ledger.Prunable) ([]ledger.PastRun, error) {
	return l.runs(ctx, `WHERE `+sqlSettled+` AND ended < ?
		AND number NOT IN (SELECT number FROM runs WHERE pruned IS NULL ORDER BY number DESC LIMIT ?)
		ORDER BY number DESC`, stamp(which.Before), which.Keep)
}

// sqlKept selects the rows of the runs in ?1 with what is known of users: of each digest the row that decides that
// its user exists, and rows that a later decision may need. Rows of the old comparison count separately (see
// [Ledger.KnownByKey]), as do those of another digest of the same form.
const sqlKept = `
	SELECT run, row FROM (
		SELECT entry.run, entry.row, row_number() OVER (
			PARTITION BY entry.digest, entry.run <= ?2, known.digest
			ORDER BY known.state = 'created' DESC, entry.run DESC, entry.row DESC) AS rank
		FROM digests AS entry CROSS JOIN rows AS known ON known.run = entry.run AND known.row = entry.row
		WHERE known.state IN ` + sqlPresent + `)
	WHERE rank = 1
	UNION
	SELECT run, row FROM rows WHERE run IN (SELECT value FROM json_each(?1)) AND (
		state IN ` + sqlInDoubt + ` OR due = 1 OR word = 1 OR class = '` + ledger.ClassSharedID + `' OR state = 'created' AND digest IS NULL
		OR state IN ` + sqlRemovalInDoubt + `)`

// Prune implements [ledger.Lock].
func (k *Lock) Prune(ctx context.Context, runs ...ledger.PastRun) (pruned ledger.Pruned, err error) {
	var numbers []int64
	for _, run := range runs {
		if err := k.covers(run); err != nil {
			return ledger.Pruned{}, err
		}
		numbers = append(numbers, run.Number)
	}
	err = k.ledger.transact(ctx, "prune the runs in the ledger", func(tx *sql.Tx) error {
		settled, err := collect(ctx, tx, func(rows *sql.Rows) (number int64, err error) {
			return number, rows.Scan(&number)
		}, `SELECT number FROM runs WHERE `+sqlSettled+` AND target = ?`, k.target)
		if err != nil {
			return err
		}
		numbers = slices.DeleteFunc(numbers, func(number int64) bool { return !slices.Contains(settled, number) })
		pruned, err = k.ledger.prune(ctx, tx, numbers)
		return err
	})
	return pruned, err
}

func (l *Ledger) prune(ctx context.Context, tx *sql.Tx, numbers []int64) (pruned ledger.Pruned, err error) {
	list, err := json.Marshal(numbers)
	if err != nil || len(numbers) == 0 {
		return ledger.Pruned{}, err
	}
	const these = `IN (SELECT value FROM json_each(?1))`
	for _, step := range []struct {
		statement string
		args      []any
		rows      *int
	}{
		{`WITH kept AS MATERIALIZED (` + sqlKept + `) DELETE FROM rows WHERE run ` + these + ` AND (run, row) NOT IN kept`, []any{l.lastOld}, &pruned.Rows},
		{`DELETE FROM digests WHERE run ` + these + `
			AND NOT EXISTS (SELECT 1 FROM rows WHERE rows.run = digests.run AND rows.row = digests.row)`, nil, new(int)},
		{`DELETE FROM runs WHERE number ` + these + ` AND NOT EXISTS (SELECT 1 FROM rows WHERE run = runs.number)`, nil, &pruned.Deleted},
		{`UPDATE runs SET pruned = ?2, rows_read = (SELECT count(*) FROM rows WHERE run = runs.number) WHERE number ` + these, []any{stamp(time.Now())}, new(int)},
	} {
		result, err := tx.ExecContext(ctx, step.statement, append([]any{string(list)}, step.args...)...)
		if err := affected(result, err, step.rows); err != nil {
			return ledger.Pruned{}, err
		}
	}
	for _, number := range numbers {
		if _, err := tx.ExecContext(ctx, `UPDATE runs SET states = `+sqlCountStates+` WHERE number = ?1`, number); err != nil {
			return ledger.Pruned{}, err
		}
	}
	pruned.Runs = len(numbers)
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM rows WHERE run `+these, string(list)).Scan(&pruned.Kept)
	return pruned, err
}
