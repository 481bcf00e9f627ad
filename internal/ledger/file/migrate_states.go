package file

import (
	"context"
	"database/sql"
)

// intendChanges adds lists for the intents of every command, with the state of their rows and the ids of existing
// users: [[row, line, digest in hexadecimal or "", proof, id if there is one], ...]. Earlier lists are all of
// creates.
func intendChanges(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		ALTER TABLE intents ADD COLUMN state TEXT NOT NULL DEFAULT 'sent';

		DROP VIEW intended;
		CREATE VIEW intended AS
			SELECT intents.run, intent.value ->> 0 AS row, intent.value ->> 1 AS line,
			       nullif(unhex(intent.value ->> 2), x'') AS digest, intents.state,
			       coalesce(intent.value ->> 4, '') AS user_id, '' AS class, '' AS message, 1 AS attempts, intents.started, NULL AS ended,
			       'lost' AS doubt, coalesce(intent.value ->> 3, 0) AS proof, 1 AS sends, 0 AS resends, 0 AS word, 0 AS due,
			       '' AS not_stored
			FROM intents CROSS JOIN json_each(intents.list) AS intent
			WHERE NOT EXISTS (SELECT 1 FROM rows WHERE rows.run = intents.run AND rows.row = intent.value ->> 0);
	`)
	return err
}

// keepStates adds the number of rows of a run by state, as an object, once the run has ended; NULL before. It
// changes when rows are settled or forgotten later.
func keepStates(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		ALTER TABLE runs ADD COLUMN states TEXT;
		UPDATE runs SET states = (
			SELECT json_group_object(state, rows) FROM (
				SELECT state, count(*) AS rows FROM (
					SELECT state FROM rows WHERE run = runs.number UNION ALL SELECT state FROM intended WHERE run = runs.number)
				GROUP BY state))
			WHERE ended IS NOT NULL;
		CREATE TRIGGER count_states AFTER UPDATE OF state ON rows WHEN new.state <> old.state BEGIN
			UPDATE runs SET states = json_set(states,
					'$.' || old.state, (states ->> old.state) - 1,
					'$.' || new.state, coalesce(states ->> new.state, 0) + 1)
				WHERE number = new.run AND states IS NOT NULL;
		END;
	`)
	return err
}

// keepPruned adds the time at which a run was pruned; see [Lock.Prune].
func keepPruned(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `ALTER TABLE runs ADD COLUMN pruned INTEGER`)
	return err
}

// nameOperations makes the state of a row show its operation, because a run may have several. Runs had one before.
func nameOperations(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE rows SET state = 'not_created'
			WHERE state = 'absent' AND run NOT IN (SELECT number FROM runs WHERE command IN ('update', 'delete', 'deactivate', 'activate', 'undo'));
		UPDATE rows SET state = iif(state = 'changing', 'removing', 'removal_unknown')
			WHERE state IN ('changing', 'uncertain') AND run IN (SELECT number FROM runs WHERE command IN ('delete', 'undo'));
		UPDATE intents SET state = 'removing'
			WHERE state = 'changing' AND run IN (SELECT number FROM runs WHERE command IN ('delete', 'undo'));
		UPDATE rows SET state = 'change_unknown' WHERE state = 'uncertain';
	`)
	return err
}

// linkRuns adds the id of the first run of the same execution of a route, ” for none.
func linkRuns(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `ALTER TABLE runs ADD COLUMN part_of TEXT NOT NULL DEFAULT ''`)
	return err
}

// addExpiry adds the time at which the users that a run created are no longer needed, NULL for never.
func addExpiry(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `ALTER TABLE runs ADD COLUMN expires INTEGER`)
	return err
}

// addGroups adds the id of the group of a membership, "" for none, to rows and as the last element of an intent, after the
// id of the user.
func addGroups(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `
		ALTER TABLE rows ADD COLUMN group_id TEXT NOT NULL DEFAULT '';

		DROP VIEW intended;
		CREATE VIEW intended AS
			SELECT intents.run, intent.value ->> 0 AS row, intent.value ->> 1 AS line,
			       nullif(unhex(intent.value ->> 2), x'') AS digest, intents.state,
			       coalesce(intent.value ->> 4, '') AS user_id, '' AS class, '' AS message, 1 AS attempts, intents.started, NULL AS ended,
			       'lost' AS doubt, coalesce(intent.value ->> 3, 0) AS proof, 1 AS sends, 0 AS resends, 0 AS word, 0 AS due,
			       '' AS not_stored, coalesce(intent.value ->> 5, '') AS group_id
			FROM intents CROSS JOIN json_each(intents.list) AS intent
			WHERE NOT EXISTS (SELECT 1 FROM rows WHERE rows.run = intents.run AND rows.row = intent.value ->> 0);
	`)
	return err
}
