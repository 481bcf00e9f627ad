package join

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver of the scratch file

	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// keyColumn is what a results file calls the value of the natural key.
const keyColumn = "key"

// index holds the wanted columns of a joined file by key. It is for one goroutine.
type index struct {
	path string
	db   *sql.DB
	find *sql.Stmt
}

// entry is one row of a joined file.
type entry struct {
	// Line is the row's line, and Again that of a later row with the same key and
	// other values; 0 for none.
	Line  int `json:"line"`
	Again int `json:"again,omitempty"`
	// Values holds the wanted columns.
	Values map[string]string `json:"values"`
}

// readIndex reads a joined file. The scratch file is in dir, which only its
// owner can read.
func readIndex(ctx context.Context, spec Spec, columns []string, dir string) (_ *index, err error) {
	people, err := roster.Open(ctx, roster.File(spec.File), roster.Options{Table: wanted(spec, columns), IgnoreOthers: true})
	if err != nil {
		return nil, fmt.Errorf("--join: %w", err)
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	x, err := newIndex(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("--join: cannot make a scratch file: %w", err)
	}
	if err := x.fill(ctx, people, columns); err != nil {
		return nil, errors.Join(fmt.Errorf("--join: %w", err), x.close())
	}
	return x, nil
}

// wanted is the table by which a joined file is read: the column of the key,
// under any name that the field has, and the columns that are referred to.
func wanted(spec Spec, columns []string) schema.Table {
	key := schema.Field{Name: keyColumn, Aliases: append([]string{spec.Field.Name, spec.Field.FlagName(), spec.Field.Title}, spec.Field.Aliases...)}
	table := schema.Table{key}
	for _, column := range columns {
		table = append(table, schema.Field{Name: column, Wire: []string{column}})
	}
	for i := range table {
		table[i].Required = true // a file without the column is of no use
	}
	return table
}

func newIndex(ctx context.Context, dir string) (_ *index, err error) {
	file, err := os.CreateTemp(dir, "join-*.db")
	if err != nil {
		return nil, err
	}
	x := &index{path: file.Name()}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.close())
		}
	}()
	if err := file.Close(); err != nil {
		return nil, err
	}
	address := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(x.path), RawQuery: "_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=locking_mode(exclusive)"}
	if x.db, err = sql.Open("sqlite", address.String()); err != nil {
		return nil, err
	}
	x.db.SetMaxOpenConns(1)
	_, err = x.db.ExecContext(ctx, `CREATE TABLE joined (key TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID`)
	if err == nil {
		// Where the platform allows it, the file has no name from here on, so that a
		// crash leaves nothing behind.
		_ = os.Remove(x.path)
	}
	return x, err
}

// fill reads every row. One whose key or columns are empty is kept as it is:
// whether that matters, the record that needs it will tell.
func (x *index) fill(ctx context.Context, people *roster.Roster, columns []string) (err error) {
	all, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = all.Rollback() }() // of what was not committed
	for row, err := range people.Rows(ctx) {
		if err != nil {
			return err
		}
		key := schema.FoldKey(row.Record.Text(keyColumn))
		if key == "" {
			continue
		}
		e := entry{Line: row.Line, Values: map[string]string{}}
		for _, column := range columns {
			e.Values[column] = row.Record.Text(column)
		}
		if err := put(ctx, all, key, e); err != nil {
			return err
		}
	}
	if err := all.Commit(); err != nil {
		return err
	}
	x.find, err = x.db.PrepareContext(ctx, `SELECT entry FROM joined WHERE key = ?`)
	return err
}

// put keeps an entry. A second one with the same key and other values makes the
// key of no use.
func put(ctx context.Context, tx *sql.Tx, key string, e entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO joined (key, entry) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, text)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE joined SET entry = json_set(entry, '$.again', ?)
		WHERE key = ? AND json_extract(entry, '$.values') <> json(?)`, e.Line, key, valuesOf(e))
	return err
}

func valuesOf(e entry) string {
	text, _ := json.Marshal(e.Values) // texts always encode
	return string(text)
}

// get gives the entry for a key.
func (x *index) get(ctx context.Context, key string) (e entry, found bool, err error) {
	var text []byte
	err = x.find.QueryRowContext(ctx, schema.FoldKey(key)).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return entry{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	return e, err == nil, err
}

// close removes the scratch file, where it still has a name.
func (x *index) close() error {
	var err error
	if x.db != nil {
		err = x.db.Close()
	}
	if failure := os.Remove(x.path); !errors.Is(failure, os.ErrNotExist) {
		err = errors.Join(err, failure)
	}
	return err
}
