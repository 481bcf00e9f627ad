package scratch

import (
	"context"
	"database/sql"
	"errors"
)

// Pairs is a set of pairs of texts in a scratch file. It must be closed before the file. It is not safe for concurrent use.
type Pairs struct {
	conn          *sql.Conn
	put, get, all *sql.Stmt
	clear         string
}

// NewPairs returns a new empty set. Its name must be an identifier that the file does not have yet.
func (f *File) NewPairs(ctx context.Context, name string) (*Pairs, error) {
	p := &Pairs{conn: f.conn, clear: `DELETE FROM main.` + name}
	if _, err := f.conn.ExecContext(ctx, `CREATE TABLE main.`+name+` (one TEXT, other TEXT, PRIMARY KEY (one, other)) WITHOUT ROWID`); err != nil {
		return nil, err
	}
	for _, each := range []struct {
		into **sql.Stmt
		text string
	}{
		{&p.put, `INSERT INTO main.` + name + ` (one, other) VALUES (?, ?) ON CONFLICT DO NOTHING`},
		{&p.get, `SELECT EXISTS (SELECT 1 FROM main.` + name + ` WHERE one = ? AND other = ?)`},
		{&p.all, `SELECT other FROM main.` + name + ` WHERE one = ? ORDER BY other`},
	} {
		stmt, err := f.conn.PrepareContext(ctx, each.text)
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		*each.into = stmt
	}
	return p, nil
}

// Put adds a pair.
func (p *Pairs) Put(ctx context.Context, one, other string) error {
	_, err := p.put.ExecContext(ctx, one, other)
	return err
}

// Has reports whether a pair was added.
func (p *Pairs) Has(ctx context.Context, one, other string) (has bool, err error) {
	err = p.get.QueryRowContext(ctx, one, other).Scan(&has)
	return has, err
}

// Of returns the second texts of all pairs with a first text, in order.
func (p *Pairs) Of(ctx context.Context, one string) (others []string, err error) {
	rows, err := p.all.QueryContext(ctx, one)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var other string
		if err := rows.Scan(&other); err != nil {
			return nil, err
		}
		others = append(others, other)
	}
	return others, rows.Err()
}

// Clear removes all pairs.
func (p *Pairs) Clear(ctx context.Context) error {
	_, err := p.conn.ExecContext(ctx, p.clear)
	return err
}

// Close releases the set.
func (p *Pairs) Close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{p.put, p.get, p.all} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}
