package file

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/ledger"
)

// fieldSeparator separates the names of fields in the table of rows.
const fieldSeparator = "\n"

// keepNotStored adds the fields of a row that the provider did not store as sent.
func keepNotStored(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		ALTER TABLE rows ADD COLUMN not_stored TEXT NOT NULL DEFAULT '';

		DROP VIEW intended;
		CREATE VIEW intended AS
			SELECT intents.run, intent.value ->> 0 AS row, intent.value ->> 1 AS line,
			       nullif(unhex(intent.value ->> 2), x'') AS digest, 'sent' AS state,
			       '' AS user_id, '' AS class, '' AS message, 1 AS attempts, intents.started, NULL AS ended,
			       'lost' AS doubt, coalesce(intent.value ->> 3, 0) AS proof, 1 AS sends, 0 AS resends, 0 AS word, 0 AS due,
			       '' AS not_stored
			FROM intents CROSS JOIN json_each(intents.list) AS intent
			WHERE NOT EXISTS (SELECT 1 FROM rows WHERE rows.run = intents.run AND rows.row = intent.value ->> 0);
	`)
	return err
}

// NotStored implements [ledger.Store].
func (l *Ledger) NotStored(ctx context.Context, run ledger.PastRun) ([]ledger.FieldCount, error) {
	groups, err := collect(ctx, l.db, func(rows *sql.Rows) (group ledger.FieldCount, err error) {
		return group, rows.Scan(&group.Field, &group.Rows)
	}, `SELECT not_stored, count(*) FROM rows WHERE run = ? AND not_stored <> '' GROUP BY not_stored`, run.Number)
	if err != nil {
		return nil, l.wrap("read the ledger", err)
	}
	rows := map[string]int{}
	for _, group := range groups {
		for field := range strings.SplitSeq(group.Field, fieldSeparator) {
			rows[field] += group.Rows
		}
	}
	counts := make([]ledger.FieldCount, 0, len(rows))
	for field, n := range rows {
		counts = append(counts, ledger.FieldCount{Field: field, Rows: n})
	}
	slices.SortFunc(counts, func(a, b ledger.FieldCount) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Field, b.Field))
	})
	return counts, nil
}
