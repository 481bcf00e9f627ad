package join

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/scratch"
	"github.com/bring-aboard/usher/pkg/schema"
)

// keyColumn is the column of a results file with the natural key.
const keyColumn = "key"

// index is the wanted columns of a joined file by key, in a scratch file. It is for
// one goroutine.
type index struct {
	name string // of the joined file
	find *sql.Stmt
}

// entry is one row of a joined file.
type entry struct {
	// Line is the row's line, and Again that of a later row with the same key and
	// other values; 0 for none.
	Line  int `json:"line"`
	Again int `json:"again,omitempty"`
	// Values contains the wanted columns.
	Values map[string]string `json:"values"`
}

// readIndex reads a joined file.
func readIndex(ctx context.Context, spec Spec, columns []string, to *scratch.File) (_ *index, err error) {
	people, err := roster.Open(ctx, roster.File(spec.File), roster.Options{Table: wanted(spec, columns), IgnoreOthers: true})
	if err != nil {
		return nil, fmt.Errorf("--join: %w", err)
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	x := &index{name: spec.Name}
	if err := x.fill(ctx, people, columns, to.Conn()); err != nil {
		return nil, fmt.Errorf("--join: %w", err)
	}
	return x, nil
}

// wanted returns the table by which a joined file is read: the column of the key, under any name of the field, and the
// columns that are referred to.
func wanted(spec Spec, columns []string) schema.Table {
	key := schema.Field{Name: keyColumn, Aliases: append([]string{spec.Field.Name, spec.Field.FlagName(), spec.Field.Title}, spec.Field.Aliases...)}
	table := schema.Table{key}
	for _, column := range columns {
		table = append(table, schema.Field{Name: column, Wire: []string{column}})
	}
	for i := range table {
		table[i].Required = true // a file without the column cannot be joined
	}
	return table
}

// fill reads every row. One whose key or columns are empty is stored too: whether that matters depends on the record
// that needs it.
func (x *index) fill(ctx context.Context, people *roster.Roster, columns []string, conn *sql.Conn) error {
	all, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = all.Rollback() }() // of what was not committed
	if _, err := all.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS main.joined (file TEXT, key TEXT, entry TEXT NOT NULL, PRIMARY KEY (file, key)) WITHOUT ROWID`); err != nil {
		return err
	}
	for row, err := range people.Rows(ctx) {
		if err != nil {
			return err
		}
		key := schema.KeyForm(row.Record.Text(keyColumn))
		if key == "" {
			continue
		}
		e := entry{Line: row.Line, Values: map[string]string{}}
		for _, column := range columns {
			e.Values[column] = row.Record.Text(column)
		}
		if err := x.put(ctx, all, key, e); err != nil {
			return err
		}
	}
	if err := all.Commit(); err != nil {
		return err
	}
	x.find, err = conn.PrepareContext(ctx, `SELECT entry FROM main.joined WHERE file = ? AND key = ?`)
	return err
}

// put stores an entry. A second one with the same key and other values makes the key ambiguous.
func (x *index) put(ctx context.Context, tx *sql.Tx, key string, e entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO main.joined (file, key, entry) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, x.name, key, text)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE main.joined SET entry = json_set(entry, '$.again', ?)
		WHERE file = ? AND key = ? AND json_extract(entry, '$.values') <> json(?)`, e.Line, x.name, key, valuesOf(e))
	return err
}

func valuesOf(e entry) string {
	text, _ := json.Marshal(e.Values) // texts always encode
	return string(text)
}

// get returns the entry for a key.
func (x *index) get(ctx context.Context, key string) (e entry, found bool, err error) {
	var text []byte
	err = x.find.QueryRowContext(ctx, x.name, schema.KeyForm(key)).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return entry{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, err == nil, err
}

func (x *index) close() error { return x.find.Close() }
