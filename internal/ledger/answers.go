package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
)

// Answer is what the provider said of the person in a row. It is kept in the
// plan's scratch file alone and goes with it.
type Answer struct {
	// UserID is the provider's id of the user.
	UserID string
	// User is what the caller wants to know of the user later.
	User []byte
	// Absent says that the provider has no such user.
	Absent bool
	// Problem says why there is no answer; empty where there is one.
	Problem string
}

// answered is an answer on its way into the scratch file.
type answered struct {
	row int
	Answer
}

const tableOfAnswers = `
		CREATE TABLE main.answers (
			row INTEGER PRIMARY KEY, user_id TEXT NOT NULL, user BLOB, absent INTEGER NOT NULL, problem TEXT NOT NULL
		);`

func (p *Plan) newAnswers() *sortedInsert[answered] {
	return &sortedInsert[answered]{
		grouped: grouped[answered]{
			conn: p.conn, into: `INSERT INTO main.answers (row, user_id, user, absent, problem)`, values: `(?, ?, ?, ?, ?)`, then: `
				ON CONFLICT (row) DO UPDATE SET problem = 'several users have this key' WHERE answers.user_id <> excluded.user_id`,
			bind: func(a *answered, args []any) []any { return append(args, a.row, a.UserID, a.User, a.Absent, a.Problem) },
		},
		compare: func(a, b answered) int { return cmp.Compare(a.row, b.row) },
	}
}

// RowOf gives the first added row of a person; ok is false where none has them.
func (p *Plan) RowOf(ctx context.Context, digest Digest) (row int, ok bool, err error) {
	if digest.IsZero() {
		return 0, false, nil
	}
	if err := p.digests.flush(ctx); err != nil {
		return 0, false, p.wrap(err)
	}
	ok, err = p.one(ctx, &p.rowOf, `SELECT row FROM main.digests WHERE digest = ? ORDER BY row LIMIT 1`, digest[:], &row)
	return row, ok, p.wrap(err)
}

// Keep keeps what the provider said of a row. The first answer of a row counts;
// one about another user makes a problem of it.
func (p *Plan) Keep(ctx context.Context, row int, answer Answer) error {
	return p.wrap(p.answers.add(ctx, answered{row: row, Answer: answer}))
}

// Kept gives the answer that was kept of a row; ok is false where there is none.
func (p *Plan) Kept(ctx context.Context, row int) (answer Answer, ok bool, err error) {
	if err := p.answers.flush(ctx); err != nil {
		return answer, false, p.wrap(err)
	}
	ok, err = p.one(ctx, &p.kept, `SELECT user_id, user, absent, problem FROM main.answers WHERE row = ?`, row,
		&answer.UserID, &answer.User, &answer.Absent, &answer.Problem)
	return answer, ok, p.wrap(err)
}

// one reads the one row that a query finds, with a statement that is prepared
// once; ok is false where it finds none.
func (p *Plan) one(ctx context.Context, stmt **sql.Stmt, query string, arg any, into ...any) (ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx = context.WithoutCancel(ctx) // without a context to watch, the driver starts no goroutine for each statement
	if *stmt == nil {
		if *stmt, err = p.conn.PrepareContext(ctx, query); err != nil {
			return false, err
		}
	}
	err = (*stmt).QueryRowContext(ctx, arg).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
