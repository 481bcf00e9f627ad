package file

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/scratch"
)

// Source is a store that SQLite cannot attach to the scratch file of a plan. The plan copies from it what is known of its
// users.
type Source interface {
	ledger.Knowledge
	// Known returns what all runs know of users, by digest. Unknown users are not in the map.
	Known(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]ledger.Finding, error)
	// Evidence yields the evidence about users.
	Evidence(ctx context.Context, digests []ledger.Digest) iter.Seq2[Noted, error]
	// EvidenceAt yields the evidence about all users of a target.
	EvidenceAt(ctx context.Context, target string) iter.Seq2[Noted, error]
	// Between returns the rows of a run from the first to the last number.
	Between(ctx context.Context, run ledger.PastRun, first, last int) ([]ledger.Entry, error)
	// AssignedKey, IsAssigned and IsForgotten are as in [ledger.Plan].
	AssignedKey(ctx context.Context, person ledger.Digest) (key ledger.Digest, ok bool, err error)
	IsAssigned(ctx context.Context, key ledger.Digest) (bool, error)
	IsForgotten(ctx context.Context, key ledger.Digest, userID string) (bool, error)
	// Rekey is as in [ledger.Lock].
	Rekey(ctx context.Context, respellings ...ledger.Respelling) error
}

// Noted is evidence about a user.
type Noted struct {
	ledger.Evidence
	// Digest identifies the user.
	Digest ledger.Digest
	// RunID is the id of the row's run.
	RunID string
}

// NewPlan returns a new plan of a source, with its scratch file in a directory.
func NewPlan(ctx context.Context, dir string, source Source) (*Plan, error) {
	file, err := scratch.New(ctx, dir)
	if err != nil {
		return nil, fail(unwritable(err), "create a scratch file in", dir, err)
	}
	return preparePlan(ctx, file, copied{source})
}

// copied implements [planStore] with a source.
type copied struct{ Source }

func (c copied) lastOldRun() int64 { return 0 }

func (c copied) known(ctx context.Context, digests ...ledger.Digest) (map[ledger.Digest]ledger.Finding, error) {
	return c.Known(ctx, digests...)
}

// attach attaches empty tables: SQLite deletes such a database when it is closed.
func (c copied) attach(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `
		ATTACH '' AS ledger;
		CREATE TABLE ledger.runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL, target TEXT NOT NULL);
		CREATE TABLE ledger.digests (digest BLOB, run INTEGER, row INTEGER, PRIMARY KEY (digest, run, row)) WITHOUT ROWID;
		CREATE TABLE ledger.rows (
			run INTEGER, row INTEGER, line INTEGER NOT NULL, digest BLOB, state TEXT NOT NULL, user_id TEXT NOT NULL, doubt TEXT NOT NULL,
			proof INTEGER NOT NULL, sends INTEGER NOT NULL, started INTEGER, word INTEGER NOT NULL, due INTEGER NOT NULL,
			PRIMARY KEY (run, row)
		) WITHOUT ROWID;
		CREATE TABLE ledger.intended AS SELECT * FROM ledger.rows;`)
	return err
}

// copyAtOnce is the number of users in one question to the source.
const copyAtOnce = 8192

// copyRoster asks in the order of the digests, so that the source reads each page once.
func (c copied) copyRoster(ctx context.Context, p *Plan) error {
	if err := c.clear(ctx, p); err != nil {
		return err
	}
	for last := []byte{}; ; {
		digests, err := collect(ctx, p.conn, func(rows *sql.Rows) (digest ledger.Digest, err error) {
			var blob []byte
			err = rows.Scan(&blob)
			copy(digest[:], blob)
			return digest, err
		}, `SELECT DISTINCT digest FROM main.digests WHERE digest > ? ORDER BY digest LIMIT ?`, last, copyAtOnce)
		if err != nil || len(digests) == 0 {
			return err
		}
		if err := c.keep(ctx, p, "", c.Evidence(ctx, digests)); err != nil {
			return err
		}
		last = digests[len(digests)-1].Blob()
	}
}

func (c copied) copyTarget(ctx context.Context, p *Plan, target string) error {
	if err := c.clear(ctx, p); err != nil {
		return err
	}
	return c.keep(ctx, p, target, c.EvidenceAt(ctx, target))
}

// clear removes the rows that were copied. The runs remain, to which findings refer.
func (c copied) clear(ctx context.Context, p *Plan) error {
	_, err := p.conn.ExecContext(ctx, `DELETE FROM ledger.digests; DELETE FROM ledger.rows`)
	return err
}

// keep writes evidence into the attached tables.
func (c copied) keep(ctx context.Context, p *Plan, target string, evidence iter.Seq2[Noted, error]) error {
	rows := &sortedInsert[Noted]{
		grouped: grouped[Noted]{
			conn: p.conn, into: `INSERT INTO ledger.rows (run, row, line, digest, state, user_id, doubt, proof, sends, started, word, due)`,
			values: `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, then: ` ON CONFLICT DO NOTHING`,
			bind: func(e *Noted, args []any) []any {
				var started any
				if !e.Started.IsZero() {
					started = stamp(e.Started)
				}
				return append(args, e.Run, e.Row, e.Line, e.Digest[:], string(e.State), e.UserID, e.Doubt, e.Proof, e.Sends, started, e.Word, e.Due)
			},
		},
		compare: func(Noted, Noted) int { return 0 },
	}
	digests := &sortedInsert[Noted]{
		grouped: grouped[Noted]{
			conn: p.conn, into: `INSERT INTO ledger.digests (digest, run, row)`, values: `(?, ?, ?)`, then: ` ON CONFLICT DO NOTHING`,
			bind: func(e *Noted, args []any) []any { return append(args, e.Digest[:], e.Run, e.Row) },
		},
		compare: func(Noted, Noted) int { return 0 },
	}
	runs := map[int64]string{}
	for e, err := range evidence {
		if err == nil {
			runs[e.Run] = e.RunID
			err = errors.Join(rows.add(ctx, e), digests.add(ctx, e))
		}
		if err != nil {
			return err
		}
	}
	for number, id := range runs {
		if _, err := p.conn.ExecContext(ctx, `INSERT INTO ledger.runs (number, id, target) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET target = excluded.target`, number, id, target); err != nil {
			return err
		}
	}
	return errors.Join(rows.flush(ctx), digests.flush(ctx))
}

func (c copied) between(ctx context.Context, run ledger.PastRun, first, last int) ([]ledger.Entry, error) {
	return c.Between(ctx, run, first, last)
}

func (c copied) assignedKey(ctx context.Context, _ *Plan, person ledger.Digest) (key ledger.Digest, ok bool, err error) {
	return c.AssignedKey(ctx, person)
}

func (c copied) isAssigned(ctx context.Context, _ *Plan, key ledger.Digest) (bool, error) {
	return c.IsAssigned(ctx, key)
}

func (c copied) isForgotten(ctx context.Context, _ *Plan, key ledger.Digest, userID string) (bool, error) {
	return c.IsForgotten(ctx, key, userID)
}

func (c copied) rekey(ctx context.Context, p *Plan) error {
	respellings, err := collect(ctx, p.conn, func(rows *sql.Rows) (r ledger.Respelling, err error) {
		var other, digest []byte
		err = rows.Scan(&other, &digest)
		copy(r.Other[:], other)
		copy(r.Digest[:], digest)
		return r, err
	}, `SELECT other, digest FROM main.rekeyings ORDER BY other`)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(respellings, copyAtOnce) {
		if err := c.Rekey(ctx, some...); err != nil {
			return err
		}
	}
	return nil
}

// PlannedRow is a row of a plan with the digest of its user.
type PlannedRow struct {
	Digest ledger.Digest
	Row    int
}

// Digests yields the rows that have a digest, ordered by it.
func (p *Plan) Digests(ctx context.Context) iter.Seq2[PlannedRow, error] {
	return ledger.Paged(func(last *PlannedRow) ([]PlannedRow, error) {
		after, row := []byte{}, 0
		if last != nil {
			after, row = last.Digest.Blob(), last.Row
		} else if err := p.digests.flush(ctx); err != nil {
			return nil, p.wrap(err)
		}
		page, err := collect(ctx, p.conn, func(rows *sql.Rows) (r PlannedRow, err error) {
			var digest []byte
			err = rows.Scan(&digest, &r.Row)
			copy(r.Digest[:], digest)
			return r, err
		}, `SELECT digest, row FROM main.digests WHERE (digest, row) > (?, ?) ORDER BY digest, row LIMIT ?`, after, row, ledger.PageSize)
		return page, p.wrap(err)
	})
}
