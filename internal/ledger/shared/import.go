package shared

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
)

// Import copies the ledger of this machine into a shared one without runs, in one transaction, and returns the number of its
// runs and the place of the shared ledger. Rows without an outcome are in doubt of this machine. Both must have the same key, because digests are one-way. The error is
// [ledger.ErrHasRuns] if the shared ledger has runs, and a [*ledger.LockedError] if a run is in progress on this machine.
func Import(ctx context.Context, c Config, from *file.Ledger) (runs int, place string, err error) {
	const op = "import into the shared ledger"
	key, err := from.Key(ctx)
	if err != nil {
		return 0, place, err
	}
	if !bytes.Equal(key, c.Key) {
		return 0, "", &ledger.Error{Kind: ledger.NoKey, Op: op, Place: from.Place(), Err: errors.New("the ledger of this machine has another key of digests than ledger-key"),
			Next: []string{"usher runs export ledger.key --key", "set ledger-key to the key in this file"}}
	}
	if from.ComparesAsBefore() {
		return 0, "", &ledger.Error{Kind: ledger.Damaged, Op: op, Place: from.Place(), Err: errors.New("an earlier usher wrote a part of the ledger, and compared keys otherwise"),
			Next: []string{"usher runs prune --before 0d"}}
	}
	holders, err := from.Holders(ctx)
	if err != nil {
		return 0, place, err
	}
	if len(holders) > 0 {
		return 0, "", &ledger.LockedError{Target: holders[0].Target, Holder: holders[0]}
	}
	to, err := Open(ctx, c)
	if err != nil {
		return 0, place, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	place = to.Place()
	err = to.transact(ctx, op, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM usher.meta FOR UPDATE`); err != nil { // one import at a time
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM usher.runs`).Scan(&runs); err != nil {
			return err
		}
		if runs > 0 {
			return ledger.ErrHasRuns
		}
		for _, t := range to.tables() {
			if err := t.copy(ctx, tx, from); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, `
			SELECT count(*), setval(pg_get_serial_sequence('usher.runs', 'number'), greatest(max(number), 1)) IS NULL FROM usher.runs`).Scan(&runs, new(bool))
	})
	if err != nil {
		return 0, place, err
	}
	return runs, place, nil
}

// table is a table that both stores have.
type table struct {
	name    string
	columns []string
	// convert changes the values of a row from those of SQLite; it may add values of the columns in more.
	convert func(row map[string]any) error
	more    []string
}

// tables returns the tables that are copied.
func (l *Ledger) tables() []table {
	return []table{
		{"runs", []string{
			"number", "id", "command", "target", "profile", "provider", "file", "sha256", "format", "encoding", "folder", "arguments", "before_file",
			"rows_read", "part_of", "expires", "started", "ended", "exit_status", "counts", "failed_file", "results_file", "pruned",
		}, l.convertRun, []string{"machine", "who"}},
		{"rows", []string{
			"run", "row", "line", "digest", "state", "user_id", "group_id", "class", "message", "attempts", "started", "ended", "doubt", "proof", "sends",
			"resends", "word", "due", "not_stored",
		}, convertRow, nil},
		{"digests", []string{"digest", "run", "row"}, nil, nil},
		{"targets", []string{"target", "credentials", "organization", "merged"}, func(row map[string]any) error { toBool(row, "merged"); return nil }, nil},
		{"spellings", []string{"spelling", "target"}, nil, nil},
		{"assigned", []string{"person", "key"}, nil, nil},
	}
}

// copy copies a table.
func (t table) copy(ctx context.Context, tx pgx.Tx, from *file.Ledger) error {
	columns := append(append([]string{}, t.columns...), t.more...)
	next, stop := iter.Pull2(from.Contents(ctx, t.name, t.columns...))
	defer stop()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"usher", t.name}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		values, err, ok := next()
		if !ok || err != nil || t.convert == nil {
			return values, err
		}
		row := map[string]any{}
		for i, name := range t.columns {
			row[name] = values[i]
		}
		if err := t.convert(row); err != nil {
			return nil, err
		}
		converted := make([]any, len(columns))
		for i, name := range columns {
			converted[i] = row[name]
		}
		return converted, nil
	}))
	if err != nil {
		return fmt.Errorf("table %s: %w", t.name, err)
	}
	return nil
}

// convertRun converts a row of the table runs. It is one of this machine.
func (l *Ledger) convertRun(row map[string]any) error {
	toTime(row, "expires", "started", "ended", "pruned")
	var arguments []string
	text, _ := row["arguments"].(string)
	if err := json.Unmarshal([]byte(cmp.Or(text, "null")), &arguments); err != nil {
		return err
	}
	row["arguments"] = append([]string{}, arguments...)
	for name, empty := range map[string]any{"exit_status": int64(0), "failed_file": "", "results_file": ""} {
		if row[name] == nil {
			row[name] = empty
		}
	}
	row["machine"], row["who"] = l.machine, l.who
	return nil
}

// convertRow converts a row of the table rows.
func convertRow(row map[string]any) error {
	toTime(row, "started", "ended")
	toBool(row, "word", "due")
	return nil
}

// toTime converts milliseconds since 1970 to times.
func toTime(row map[string]any, names ...string) {
	for _, name := range names {
		if milliseconds, ok := row[name].(int64); ok {
			row[name] = time.UnixMilli(milliseconds)
		}
	}
}

// toBool converts numbers to truth values.
func toBool(row map[string]any, names ...string) {
	for _, name := range names {
		row[name] = row[name] != int64(0)
	}
}
