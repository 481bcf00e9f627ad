package file

import (
	"context"
	"database/sql"
)

// keepEvidence adds the data for the evidence rules to rows: why a row is in doubt, how its user was found absent
// before the first request, how often it was sent, whether the administrator has settled the user as absent, and
// whether the user must still be looked up once more. Rows in doubt of earlier versions count as having lost a
// response.
func keepEvidence(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		ALTER TABLE rows ADD COLUMN doubt   TEXT NOT NULL DEFAULT '';
		ALTER TABLE rows ADD COLUMN proof   INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE rows ADD COLUMN sends   INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE rows ADD COLUMN resends INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE rows ADD COLUMN word    INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE rows ADD COLUMN due     INTEGER NOT NULL DEFAULT 0;
		UPDATE rows SET doubt = 'lost', sends = max(attempts, 1) WHERE state IN ('sent', 'unknown');
		CREATE INDEX rows_word ON rows (run) WHERE word = 1;
		CREATE INDEX rows_due ON rows (run) WHERE due = 1;

		DROP VIEW intended;
		CREATE VIEW intended AS
			SELECT intents.run, intent.value ->> 0 AS row, intent.value ->> 1 AS line,
			       nullif(unhex(intent.value ->> 2), x'') AS digest, 'sent' AS state,
			       '' AS user_id, '' AS class, '' AS message, 1 AS attempts, intents.started, NULL AS ended,
			       'lost' AS doubt, coalesce(intent.value ->> 3, 0) AS proof, 1 AS sends, 0 AS resends, 0 AS word, 0 AS due
			FROM intents CROSS JOIN json_each(intents.list) AS intent
			WHERE NOT EXISTS (SELECT 1 FROM rows WHERE rows.run = intents.run AND rows.row = intent.value ->> 0);
	`)
	return err
}
