package file

import (
	"context"
	"database/sql"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
)

const tableOfExtras = `
		CREATE TABLE main.extras (
			number INTEGER PRIMARY KEY, user_id TEXT NOT NULL, key TEXT NOT NULL, user BLOB, protected INTEGER NOT NULL, done INTEGER NOT NULL
		);`

func (p *Plan) newExtras() *sortedInsert[ledger.Extra] {
	return &sortedInsert[ledger.Extra]{
		grouped: grouped[ledger.Extra]{
			conn: p.conn, into: `INSERT INTO main.extras (number, user_id, key, user, protected, done)`, values: `(?, ?, ?, ?, ?, ?)`,
			bind: func(e *ledger.Extra, args []any) []any {
				return append(args, e.Number, e.UserID, e.Key, e.User, e.Protected, e.Done)
			},
		},
		compare: func(a, b ledger.Extra) int { return a.Number - b.Number },
	}
}

// AddExtra implements [ledger.Plan].
func (p *Plan) AddExtra(ctx context.Context, extra ledger.Extra) error {
	extra.Number = p.extras.written + len(p.extras.items) + 1
	return p.wrap(p.extras.add(ctx, extra))
}

// Extras implements [ledger.Plan].
func (p *Plan) Extras(ctx context.Context) iter.Seq2[ledger.Extra, error] {
	return paged(func(last *ledger.Extra) ([]ledger.Extra, error) {
		after := 0
		if last != nil {
			after = last.Number
		} else if err := p.extras.flush(ctx); err != nil {
			return nil, p.wrap(err)
		}
		page, err := collect(ctx, p.conn, func(rows *sql.Rows) (e ledger.Extra, err error) {
			return e, rows.Scan(&e.Number, &e.UserID, &e.Key, &e.User, &e.Protected, &e.Done)
		}, `SELECT number, user_id, key, user, protected, done FROM main.extras
			WHERE number > ? AND user_id NOT IN (SELECT user_id FROM main.findings) ORDER BY number LIMIT ?`, after, pageSize)
		return page, p.wrap(err)
	})
}
