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
	return ledger.Paged(func(last *ledger.Extra) ([]ledger.Extra, error) {
		after := 0
		if last != nil {
			after = last.Number
		} else if err := p.extras.flush(ctx); err != nil {
			return nil, p.wrap(err)
		}
		page, err := collect(ctx, p.conn, func(rows *sql.Rows) (e ledger.Extra, err error) {
			return e, rows.Scan(&e.Number, &e.UserID, &e.Key, &e.User, &e.Protected, &e.Done)
		}, `SELECT number, user_id, key, user, protected, done FROM main.extras
			WHERE number > ? AND user_id NOT IN (SELECT user_id FROM main.findings) ORDER BY number LIMIT ?`, after, ledger.PageSize)
		return page, p.wrap(err)
	})
}

// NotListed implements [ledger.Plan].
func (p *Plan) NotListed(ctx context.Context, target string) iter.Seq2[string, error] {
	type user struct {
		digest ledger.Digest
		id     string
	}
	// A page has the users of some row; an earlier or later row may say that they have left, or have another id.
	candidates := ledger.Paged(func(last *user) ([]user, error) {
		after := []byte{}
		if last != nil {
			after = last.digest.Blob()
		} else if err := p.listed.flush(ctx); err != nil {
			return nil, p.wrap(err)
		} else if err := p.store.copyTarget(ctx, p, target); err != nil {
			return nil, p.wrap(err)
		}
		page, err := collect(ctx, p.conn, func(rows *sql.Rows) (u user, err error) {
			var digest []byte
			err = rows.Scan(&digest)
			copy(u.digest[:], digest)
			return u, err
		}, `
			SELECT DISTINCT known.digest
			FROM ledger.runs AS runs CROSS JOIN ledger.rows AS known ON known.run = runs.number
			WHERE runs.target = ? AND known.digest > ? AND known.state IN `+sqlPresent+` AND known.user_id <> ''
			      AND known.user_id NOT IN (SELECT user_id FROM main.listed)
			ORDER BY known.digest LIMIT ?`, target, after, ledger.PageSize)
		if err != nil {
			return nil, p.wrap(err)
		}
		digests := make([]ledger.Digest, len(page))
		for n, u := range page {
			digests[n] = u.digest
		}
		findings, err := p.store.known(ctx, digests...)
		for n, u := range page {
			if finding := findings[u.digest]; finding.Standing == ledger.Exists {
				page[n].id = finding.UserID
			}
		}
		return page, err
	})
	return func(yield func(string, error) bool) {
		for u, err := range candidates {
			listed := false
			if err == nil && u.id != "" {
				err = p.wrap(p.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM main.listed WHERE user_id = ?)`, u.id).Scan(&listed))
			}
			if err == nil && (u.id == "" || listed) {
				continue
			}
			if !yield(u.id, err) || err != nil {
				return
			}
		}
	}
}
