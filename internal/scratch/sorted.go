package scratch

import (
	"context"
	"database/sql"
	"errors"
	"iter"
)

// Sorted is a list of values in a scratch file that is read back in the order of their sort keys. It must be closed before
// the file. It is not safe for concurrent use.
type Sorted struct {
	conn *sql.Conn
	put  *sql.Stmt
	name string
	n    int
}

// NewSorted returns a new empty list. Its name must be an identifier that the file does not have yet.
func (f *File) NewSorted(ctx context.Context, name string) (*Sorted, error) {
	// The order of the primary key is that of the file, so that reading it sorts nothing in memory or in a second file.
	create := `CREATE TABLE main.` + name + ` (without INTEGER, sort, number INTEGER, value BLOB NOT NULL, PRIMARY KEY (without, sort, number)) WITHOUT ROWID`
	if _, err := f.conn.ExecContext(ctx, create); err != nil {
		return nil, err
	}
	put, err := f.conn.PrepareContext(ctx, `INSERT INTO main.`+name+` (without, sort, number, value) VALUES (?, ?, ?, ?)`)
	if err != nil {
		return nil, err
	}
	return &Sorted{conn: f.conn, put: put, name: name}, nil
}

// Add adds a value. The sort key is an int64 or a string, of which the first sorts before the second; the empty string is
// no key, and such values are last in either direction.
func (s *Sorted) Add(ctx context.Context, key any, value []byte) error {
	s.n++
	_, err := s.put.ExecContext(ctx, key == "", key, s.n, value)
	return err
}

// Len returns the number of values.
func (s *Sorted) Len() int { return s.n }

// All yields the values in the order of their sort keys; those with one key in the order in which they were added, in
// reverse if the order is descending. A value is valid until the next one is yielded.
func (s *Sorted) All(ctx context.Context, descending bool) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, without := range []bool{false, true} {
			if !s.each(ctx, without, descending, yield) {
				return
			}
		}
	}
}

// each yields the values with or without a sort key, and reports whether to go on.
func (s *Sorted) each(ctx context.Context, without, descending bool, yield func([]byte, error) bool) bool {
	direction := ""
	if descending && !without {
		direction = " DESC"
	}
	rows, err := s.conn.QueryContext(ctx, `SELECT value FROM main.`+s.name+` WHERE without = ? ORDER BY sort`+direction+`, number`+direction, without)
	if err != nil {
		yield(nil, err)
		return false
	}
	defer func() { _ = rows.Close() }() // a second call returns nil
	var value sql.RawBytes
	for rows.Next() {
		err := rows.Scan(&value)
		if !yield(value, err) || err != nil {
			return false
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		yield(nil, err)
		return false
	}
	return true
}

// Close releases the list.
func (s *Sorted) Close() error { return s.put.Close() }
