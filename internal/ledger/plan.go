package ledger

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// Plan compares the rows of a roster with each other and with what is known,
// before anything is sent. It keeps them in a scratch file, so that memory
// does not grow with the roster. It is for one goroutine.
//
// Add every row, read the Duplicates, mark whom the provider lists, Resolve,
// and read the Findings.
type Plan struct {
	ledger *Ledger
	path   string
	db     *sql.DB
	conn   *sql.Conn

	rows    int // that were added
	digests *sortedInsert[rosterRow]
	listed  *sortedInsert[listing]
	answers *sortedInsert[answered]
	rowOf   *sql.Stmt // these two are prepared when they are first needed
	kept    *sql.Stmt
}

// rosterRow is a row of the roster.
type rosterRow struct {
	row, line int
	digest    Digest
}

// listing is a user in the provider's list.
type listing struct {
	digest Digest
	userID string
}

// planPrefix begins the names of scratch files in the state folder.
const planPrefix = "plan-"

// NewPlan begins a plan in a scratch file in the state folder (mode 0600). The
// file goes with Close, and after a crash with the next Open at the latest.
func (l *Ledger) NewPlan(ctx context.Context) (_ *Plan, err error) {
	release, err := l.openingLock(ctx) // or an Open might take the file for an orphan
	if err != nil {
		return nil, err
	}
	defer release()
	file, err := os.CreateTemp(l.dir, planPrefix+"*.db")
	if err != nil {
		return nil, &Error{Reason: Unwritable, Op: "make a scratch file in", Path: l.dir, Err: err}
	}
	p := &Plan{ledger: l, path: file.Name()}
	if err := errors.Join(file.Close(), p.open(ctx)); err != nil {
		return nil, errors.Join(p.wrap(err), p.Close())
	}
	// Where the platform allows it, the file has no name from here on.
	_ = os.Remove(p.path)
	return p, nil
}

func (p *Plan) open(ctx context.Context) error {
	connector, err := sqlite.NewConnector(fileURI(p.path, url.Values{
		"_pragma":   slices.Concat(writing(), []string{"main.locking_mode(exclusive)", "main.journal_mode(off)", "main.synchronous(off)"}),
		"_dqs":      {"0"},
		"_error_rc": {"1"},
	}))
	if err != nil {
		return err
	}
	p.db = sql.OpenDB(connector)
	if p.conn, err = p.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := p.conn.ExecContext(ctx, `ATTACH ? AS ledger`, fileURI(p.ledger.path, url.Values{"mode": {"rw"}})); err != nil {
		return err
	}
	if _, err := p.conn.ExecContext(ctx, `
		PRAGMA ledger.synchronous = full;
		PRAGMA ledger.cache_size = -512;
		CREATE TABLE main.digests (
			digest BLOB, row INTEGER, line INTEGER NOT NULL,
			PRIMARY KEY (digest, row)
		) WITHOUT ROWID;
		CREATE TABLE main.listed (digest BLOB PRIMARY KEY, user_id TEXT NOT NULL) WITHOUT ROWID;
		CREATE TABLE main.duplicates (
			row INTEGER PRIMARY KEY, line INTEGER NOT NULL, first_row INTEGER NOT NULL, first_line INTEGER NOT NULL
		);
		CREATE TABLE main.findings (
			row INTEGER PRIMARY KEY, standing INTEGER NOT NULL, run INTEGER, run_row INTEGER, run_line INTEGER,
			user_id TEXT NOT NULL, listed INTEGER NOT NULL
		);`+tableOfAnswers); err != nil {
		return err
	}
	p.digests = &sortedInsert[rosterRow]{
		grouped: grouped[rosterRow]{
			conn: p.conn, into: `INSERT INTO main.digests (digest, row, line)`, values: `(?, ?, ?)`,
			bind: func(r *rosterRow, args []any) []any { return append(args, r.digest[:], r.row, r.line) },
		},
		compare: func(a, b rosterRow) int {
			return cmp.Or(bytes.Compare(a.digest[:], b.digest[:]), cmp.Compare(a.row, b.row))
		},
	}
	p.listed = &sortedInsert[listing]{
		grouped: grouped[listing]{
			conn: p.conn, into: `INSERT INTO main.listed (digest, user_id)`, values: `(?, ?)`, then: ` ON CONFLICT (digest) DO NOTHING`,
			bind: func(l *listing, args []any) []any { return append(args, l.digest[:], l.userID) },
		},
		compare: func(a, b listing) int { return bytes.Compare(a.digest[:], b.digest[:]) },
	}
	p.answers = p.newAnswers()
	return nil
}

// Add takes up a row of the roster. Each ordinal is added once. A row with the
// zero Digest is New and nobody's duplicate.
func (p *Plan) Add(ctx context.Context, row, line int, digest Digest) error {
	p.rows++
	if digest.IsZero() {
		return nil
	}
	return p.wrap(p.digests.add(ctx, rosterRow{row: row, line: line, digest: digest}))
}

// MarkExisting takes up a user of the provider's own list. Most of them may
// be missing in the roster.
func (p *Plan) MarkExisting(ctx context.Context, digest Digest, userID string) error {
	if digest.IsZero() {
		return nil
	}
	return p.wrap(p.listed.add(ctx, listing{digest: digest, userID: userID}))
}

// PlanRow is a row of the roster of whose person something is known.
type PlanRow struct {
	// Row is as it was added.
	Row int
	// Finding is what Resolve found.
	Finding Finding
}

// Findings yields the added rows of whose person something is known, in order,
// with what the last Resolve found. All others are New.
func (p *Plan) Findings(ctx context.Context) iter.Seq2[PlanRow, error] {
	return paged(func(last *PlanRow) ([]PlanRow, error) {
		after := 0
		if last != nil {
			after = last.Row
		}
		page, err := collect(ctx, p.conn, scanPlanRow, `
			SELECT findings.row, standing, coalesce(runs.id, ''), coalesce(run_row, 0), coalesce(run_line, 0), user_id, listed
			FROM main.findings LEFT JOIN ledger.runs ON runs.number = findings.run
			WHERE findings.row > ? ORDER BY findings.row LIMIT ?`, after, pageSize)
		return page, p.wrap(err)
	})
}

func scanPlanRow(rows *sql.Rows) (r PlanRow, err error) {
	f := &r.Finding
	return r, rows.Scan(&r.Row, &f.Standing, &f.Run, &f.Row, &f.Line, &f.UserID, &f.Listed)
}

// enterAtOnce bounds the digests of one transaction, so that others who write
// into the ledger do not wait for long.
const enterAtOnce = 1 << 16

// enter notes in the ledger who the people of a run's rows are, in the order of
// their digests, so that each page of that table is written once.
func (p *Plan) enter(ctx context.Context, run int64) error {
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
			return p.ledger.wrap("record the run in the ledger", err)
		}
		if isLast {
			return nil
		}
		last = digest
	}
}

// Close lets go of the scratch file.
func (p *Plan) Close() (err error) {
	for _, stmt := range []*sql.Stmt{p.rowOf, p.kept} {
		if stmt != nil {
			err = errors.Join(err, stmt.Close())
		}
	}
	if p.conn != nil {
		err = errors.Join(err, p.conn.Close())
	}
	if p.db != nil {
		err = errors.Join(err, p.db.Close())
	}
	if removing := os.Remove(p.path); removing != nil && !errors.Is(removing, os.ErrNotExist) {
		err = errors.Join(err, removing)
	}
	return p.wrap(err)
}

func (p *Plan) wrap(err error) error { return wrap("use the scratch file", p.path, err) }

// removeOrphans removes the scratch files of plans that crashed. One that is
// in use has no name any more, or the platform refuses to remove it.
func removeOrphans(dir string) {
	entries, _ := os.ReadDir(dir) // what cannot be read stays
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), planPrefix) && strings.HasSuffix(entry.Name(), ".db") {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}
