package file

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

// Plan implements [ledger.Plan]: a scratch file, to which the tables of the ledger are attached (see [planStore]).
type Plan struct {
	store planStore
	file  *scratch.File
	conn  *sql.Conn

	count     ledger.PlanCounts // of the added rows, and their duplicates
	found     bool              // there are findings
	repeated  bool              // there are duplicates
	unwritten int               // the bytes of rows that are not yet in the file
	rows      *sortedInsert[ledger.RosterRow]
	digests   *sortedInsert[digestRow]
	old       *sortedInsert[digestRow] // the rows whose key has a digest of the old comparison, by that digest
	listed    *sortedInsert[listing]
	answers   *sortedInsert[answered]
	rekeyings *sortedInsert[ledger.Respelling]
	extras    *sortedInsert[ledger.Extra]
	respelled bool                 // there are rekeyings
	prepared  map[string]*sql.Stmt // by query
}

// listing is a user in the provider's list. An unclear one is an answer that does not show whether the user
// exists.
type listing struct {
	digest, exact ledger.Digest
	userID        string
	unclear       bool
}

// NewPlan implements [ledger.Store]. The scratch file is in the state directory; after a crash the next [Open]
// removes it.
func (l *Ledger) NewPlan(ctx context.Context) (ledger.Plan, error) {
	plan, err := l.newPlan(ctx)
	if err != nil {
		return nil, err
	}
	return plan, nil
}

func (l *Ledger) newPlan(ctx context.Context) (*Plan, error) {
	release, err := l.openingLock(ctx) // or Open might remove the file as an orphan
	if err != nil {
		return nil, err
	}
	defer release()
	file, err := scratch.New(ctx, l.dir, writing()...)
	if err != nil {
		return nil, fail(unwritable(err), "create a scratch file in", l.dir, err)
	}
	return preparePlan(ctx, file, l)
}

// preparePlan returns a new plan in a scratch file, which it closes after an error.
func preparePlan(ctx context.Context, file *scratch.File, store planStore) (*Plan, error) {
	p := &Plan{store: store, file: file, conn: file.Conn(), prepared: map[string]*sql.Stmt{}}
	if err := p.open(ctx); err != nil {
		return nil, errors.Join(p.wrap(err), p.Close())
	}
	return p, nil
}

// Scratch implements [ledger.Plan].
func (p *Plan) Scratch() *scratch.File { return p.file }

func (p *Plan) open(ctx context.Context) error {
	if err := p.store.attach(ctx, p.conn); err != nil {
		return err
	}
	if _, err := p.conn.ExecContext(ctx, `
		CREATE TABLE main.digests (
			digest BLOB, row INTEGER, exact BLOB,
			PRIMARY KEY (digest, row)
		) WITHOUT ROWID;
		CREATE TABLE main.old_digests (digest BLOB, row INTEGER, PRIMARY KEY (digest, row)) WITHOUT ROWID;
		CREATE TABLE main.listed (
			digest BLOB, user_id TEXT, exact BLOB, unclear INTEGER NOT NULL,
			PRIMARY KEY (digest, user_id)
		) WITHOUT ROWID;
		CREATE TABLE main.duplicates (
			row INTEGER PRIMARY KEY, line INTEGER NOT NULL, first_row INTEGER NOT NULL, first_line INTEGER NOT NULL
		);
		CREATE TABLE main.findings (
			row INTEGER PRIMARY KEY, standing INTEGER NOT NULL, run INTEGER, run_row INTEGER, run_line INTEGER,
			user_id TEXT NOT NULL, listed INTEGER NOT NULL,
			doubt TEXT NOT NULL, proof INTEGER NOT NULL, sends INTEGER NOT NULL, first INTEGER, word INTEGER NOT NULL, due INTEGER NOT NULL
		);`+tableOfRows+tableOfAnswers+tableOfRekeyings+tableOfExtras); err != nil {
		return err
	}
	p.digests = &sortedInsert[digestRow]{
		grouped: grouped[digestRow]{
			conn: p.conn, into: `INSERT INTO main.digests (digest, row, exact)`, values: `(?, ?, ?)`,
			bind: func(r *digestRow, args []any) []any { return append(args, r.digest[:], r.row, r.exact.Blob()) },
		},
		compare: digestRow.compare,
	}
	p.old = &sortedInsert[digestRow]{
		grouped: grouped[digestRow]{
			conn: p.conn, into: `INSERT INTO main.old_digests (digest, row)`, values: `(?, ?)`,
			bind: func(r *digestRow, args []any) []any { return append(args, r.digest[:], r.row) },
		},
		compare: digestRow.compare,
	}
	p.listed = &sortedInsert[listing]{
		grouped: grouped[listing]{
			conn: p.conn, into: `INSERT INTO main.listed (digest, user_id, exact, unclear)`, values: `(?, ?, ?, ?)`, then: ` ON CONFLICT DO NOTHING`,
			bind: func(l *listing, args []any) []any {
				return append(args, l.digest[:], l.userID, l.exact.Blob(), l.unclear)
			},
		},
		compare: func(a, b listing) int { return bytes.Compare(a.digest[:], b.digest[:]) },
	}
	p.rows, p.answers, p.rekeyings, p.extras = p.newRows(), p.newAnswers(), p.newRekeyings(), p.newExtras()
	return nil
}

// MarkExisting implements [ledger.Plan].
func (p *Plan) MarkExisting(ctx context.Context, key ledger.KeyDigests, userID string) error {
	return p.mark(ctx, listing{digest: key.Form, exact: key.Exact, userID: userID})
}

// MarkUnclear implements [ledger.Plan].
func (p *Plan) MarkUnclear(ctx context.Context, key ledger.KeyDigests) error {
	return p.mark(ctx, listing{digest: key.Form, unclear: true})
}

func (p *Plan) mark(ctx context.Context, user listing) error {
	if user.digest.IsZero() {
		return nil
	}
	return p.wrap(p.listed.add(ctx, user))
}

// prepare returns the statement of a query, which is prepared on first use.
func (p *Plan) prepare(ctx context.Context, query string) (stmt *sql.Stmt, err error) {
	stmt, ok := p.prepared[query]
	if !ok {
		if stmt, err = p.conn.PrepareContext(ctx, query); err == nil {
			p.prepared[query] = stmt
		}
	}
	return stmt, err
}

// one reads the single row of a prepared query; ok is false if there is none.
func (p *Plan) one(ctx context.Context, query string, args []any, into ...any) (ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	ctx = context.WithoutCancel(ctx) // without a cancellable context the driver starts no goroutine per statement
	stmt, err := p.prepare(ctx, query)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRowContext(ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// do executes a prepared statement.
func (p *Plan) do(ctx context.Context, statement string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // as in one
	stmt, err := p.prepare(ctx, statement)
	if err == nil {
		_, err = stmt.ExecContext(ctx, args...)
	}
	return err
}

// enterAtOnce is the maximum number of digests in one transaction, so that other writers of the ledger do not wait
// for long.
const enterAtOnce = 1 << 16

// insert records the digests of a run's rows in the ledger, in order, so that each page of that table is written
// once.
func (p *Plan) insert(ctx context.Context, l *Ledger, run int64) error {
	if err := p.digests.flush(ctx); err != nil {
		return p.wrap(err)
	}
	for last := []byte{}; ; {
		var digest []byte
		err := p.conn.QueryRowContext(ctx, `
			SELECT digest FROM main.digests WHERE digest > ? ORDER BY digest LIMIT 1 OFFSET ?`, last, enterAtOnce-1).Scan(&digest)
		isLast := errors.Is(err, sql.ErrNoRows)
		if err != nil && !isLast {
			return p.wrap(err)
		}
		if _, err := p.conn.ExecContext(ctx, `
			INSERT INTO ledger.digests (digest, run, row)
			SELECT digest, ?, row FROM main.digests WHERE digest > ?2 AND (?3 OR digest <= ?4) ORDER BY digest, row`,
			run, last, isLast, digest); err != nil {
			return l.wrap("record the run in the ledger", err)
		}
		if isLast {
			return nil
		}
		last = digest
	}
}

// Close implements [ledger.Plan].
func (p *Plan) Close() (err error) {
	for _, stmt := range p.prepared {
		err = errors.Join(err, stmt.Close())
	}
	return p.wrap(errors.Join(err, p.file.Close()))
}

func (p *Plan) wrap(err error) error { return wrap("use the scratch file", p.file.Path(), err) }
