package scratch

import (
	"context"
	"database/sql"
	"errors"
)

// Table is a table of values by number in a scratch file. It must be closed before the file. It is not safe for concurrent
// use.
type Table struct {
	conn     *sql.Conn
	put, get *sql.Stmt
}

// NewTable returns a new empty table. Its name must be an identifier that the file does not have yet.
func (f *File) NewTable(ctx context.Context, name string) (*Table, error) {
	t := &Table{conn: f.conn}
	if _, err := f.conn.ExecContext(ctx, `CREATE TABLE main.`+name+` (number INTEGER PRIMARY KEY, value BLOB NOT NULL)`); err != nil {
		return nil, err
	}
	var err error
	if t.get, err = f.conn.PrepareContext(ctx, `SELECT value FROM main.`+name+` WHERE number = ?`); err != nil {
		return nil, err
	}
	if t.put, err = f.conn.PrepareContext(ctx, `REPLACE INTO main.`+name+` (number, value) VALUES (?, ?)`); err != nil {
		return nil, errors.Join(err, t.get.Close())
	}
	return t, nil
}

// Get returns the value of a number; ok is false if there is none.
func (t *Table) Get(ctx context.Context, number int) (value []byte, ok bool, err error) {
	err = t.get.QueryRowContext(ctx, number).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return value, err == nil, err
}

// Put stores the value of a number, instead of an earlier one.
func (t *Table) Put(ctx context.Context, number int, value []byte) error {
	_, err := t.put.ExecContext(ctx, number, value)
	return err
}

// Close releases the table.
func (t *Table) Close() error { return errors.Join(t.get.Close(), t.put.Close()) }
