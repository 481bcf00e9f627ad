package file

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/bring-aboard/usher/internal/ledger"
)

// mostAnswers is the maximum number of answers in memory: each has a user's whole object.
const mostAnswers = 2048

// answered is an answer to be written to the scratch file.
type answered struct {
	row int
	ledger.Answer
}

const tableOfAnswers = `
		CREATE TABLE main.answers (
			row INTEGER, user_id TEXT, key TEXT NOT NULL, user BLOB,
			not_found INTEGER NOT NULL, absent INTEGER NOT NULL, problem TEXT NOT NULL,
			PRIMARY KEY (row, user_id)
		) WITHOUT ROWID;`

func (p *Plan) newAnswers() *sortedInsert[answered] {
	return &sortedInsert[answered]{
		grouped: grouped[answered]{
			conn: p.conn, into: `INSERT INTO main.answers (row, user_id, key, user, not_found, absent, problem)`, values: `(?, ?, ?, ?, ?, ?, ?)`,
			then: ` ON CONFLICT DO UPDATE SET not_found = excluded.not_found, absent = excluded.absent, problem = excluded.problem WHERE user_id = ''`,
			bind: func(a *answered, args []any) []any {
				problem := ""
				if a.Problem != nil {
					problem = a.Problem.Error()
				}
				return append(args, a.row, a.UserID, a.Key, a.User, a.NotFound, a.Absent, problem)
			},
		},
		compare: func(a, b answered) int { return cmp.Compare(a.row, b.row) },
		most:    mostAnswers,
	}
}

// RowOf implements [ledger.Plan].
func (p *Plan) RowOf(ctx context.Context, digest ledger.Digest) (row int, ok bool, err error) {
	if digest.IsZero() {
		return 0, false, nil
	}
	if err := p.digests.flush(ctx); err != nil {
		return 0, false, p.wrap(err)
	}
	ok, err = p.one(ctx, `SELECT row FROM main.digests WHERE digest = ? ORDER BY row LIMIT 1`, []any{digest[:]}, &row)
	return row, ok, p.wrap(err)
}

// Keep implements [ledger.Plan].
func (p *Plan) Keep(ctx context.Context, row int, answer ledger.Answer) error {
	return p.wrap(p.answers.add(ctx, answered{row: row, Answer: answer}))
}

// Kept implements [ledger.Plan].
func (p *Plan) Kept(ctx context.Context, row int) ([]ledger.Answer, error) {
	if err := p.answers.flush(ctx); err != nil {
		return nil, p.wrap(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // without a cancellable context the driver starts no goroutine per statement
	stmt, err := p.prepare(ctx, `
		SELECT answers.user_id, key, user, not_found, absent, problem, coalesce(findings.user_id, '')
		FROM main.answers LEFT JOIN main.findings ON findings.row = answers.row AND standing = ?2
		WHERE answers.row = ?1`)
	if err != nil {
		return nil, p.wrap(err)
	}
	answers, err := readAnswers(ctx, stmt, row)
	return answers, p.wrap(err)
}

// AllFound implements [ledger.Plan].
func (p *Plan) AllFound(ctx context.Context) (all bool, err error) {
	for _, flush := range []func(context.Context) error{p.digests.flush, p.answers.flush} {
		if err := flush(ctx); err != nil {
			return false, p.wrap(err)
		}
	}
	err = p.conn.QueryRowContext(ctx, `
		SELECT NOT EXISTS (SELECT 1 FROM main.digests WHERE row NOT IN (SELECT row FROM main.answers WHERE user_id <> ''))`).Scan(&all)
	return all, p.wrap(err)
}

func readAnswers(ctx context.Context, kept *sql.Stmt, row int) (answers []ledger.Answer, err error) {
	rows, err := kept.QueryContext(ctx, row, int(ledger.Exists))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a ledger.Answer
		var problem string
		if err := rows.Scan(&a.UserID, &a.Key, &a.User, &a.NotFound, &a.Absent, &problem, &a.LedgerID); err != nil {
			return nil, err
		}
		if problem != "" {
			a.Problem = errors.New(problem)
		}
		answers = append(answers, a)
	}
	return answers, rows.Err()
}

// Seen implements [ledger.Knowledge].
func (p *Plan) Seen(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]time.Time, error) {
	return p.store.Seen(ctx, digests...)
}

// KnownByKey implements [ledger.Knowledge].
func (p *Plan) KnownByKey(ctx context.Context, key ledger.KeyDigests) (ledger.Finding, error) {
	return p.store.KnownByKey(ctx, key)
}
