package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"iter"
)

// PlanCounts says how many rows of a plan have which standing. They add up to Rows.
type PlanCounts struct {
	Rows, New, Existing, InDoubt int
}

// finding is a [Finding] about a row of the roster, on its way into the scratch file.
type finding struct {
	row      int
	standing Standing
	best     evidence
	listed   bool
}

// Resolve finds out what is known of every added row: from all runs in the
// ledger, and from the provider's list. Who is listed exists, whatever the
// ledger says, and has the id that the list gives. It may be called again
// after more was added.
func (p *Plan) Resolve(ctx context.Context) (PlanCounts, error) {
	for _, flush := range []func(context.Context) error{p.digests.flush, p.listed.flush} {
		if err := flush(ctx); err != nil {
			return PlanCounts{}, p.wrap(err)
		}
	}
	_, err := p.conn.ExecContext(ctx, `DELETE FROM main.findings`)
	if err == nil {
		err = p.askLedger(ctx)
	}
	if err == nil {
		err = p.askList(ctx)
	}
	if err != nil {
		return PlanCounts{}, p.wrap(err)
	}
	counts, err := p.count(ctx)
	return counts, p.wrap(err)
}

// askLedger writes what the runs know. It walks the roster's digests and the
// ledger's index in the same order, so that each page is read once.
func (p *Plan) askLedger(ctx context.Context) (err error) {
	rows, err := p.conn.QueryContext(ctx, `
		SELECT asked.digest, asked.row, `+sqlKnown+`
		FROM main.digests AS asked CROSS JOIN ledger.digests AS noted ON noted.digest = asked.digest
		CROSS JOIN ledger.rows AS known ON known.run = noted.run AND known.row = noted.row
		WHERE known.state IN `+sqlPresent+` OR known.state IN `+sqlInDoubt+`
		UNION ALL
		SELECT asked.digest, asked.row, `+sqlKnown+`
		FROM ledger.intended AS known CROSS JOIN main.digests AS asked ON asked.digest = known.digest
		ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()

	found := p.findings("")
	var now finding // the row of the roster whose evidence is being read
	for rows.Next() {
		var (
			digest sql.RawBytes
			row    int
			e      evidence
		)
		if err := rows.Scan(&digest, &row, &e.run, &e.row, &e.line, &e.state, &e.userID); err != nil {
			return err
		}
		switch {
		case row != now.row:
			if err := p.keep(ctx, found, now); err != nil {
				return err
			}
			now = finding{row: row, best: e}
		case e.outweighs(now.best):
			now.best = e
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := p.keep(ctx, found, now); err != nil {
		return err
	}
	return found.flush(ctx)
}

// keep takes up what the evidence says of a row; the zero finding is of none.
func (p *Plan) keep(ctx context.Context, found *sortedInsert[finding], f finding) error {
	if f.row == 0 {
		return nil
	}
	f.standing = f.best.standing()
	return found.add(ctx, f)
}

// askList writes who is in the provider's list, over what the runs know.
func (p *Plan) askList(ctx context.Context) (err error) {
	rows, err := p.conn.QueryContext(ctx, `
		SELECT digests.row, listed.user_id
		FROM main.digests CROSS JOIN main.listed ON listed.digest = digests.digest
		ORDER BY digests.digest, digests.row`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()

	found := p.findings(`
		ON CONFLICT (row) DO UPDATE SET standing = excluded.standing, user_id = excluded.user_id, listed = 1`)
	for rows.Next() {
		f := finding{standing: Exists, listed: true}
		if err := rows.Scan(&f.row, &f.best.userID); err != nil {
			return err
		}
		if err := found.add(ctx, f); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return found.flush(ctx)
}

// findings gives an insert of findings, with what shall happen to those that
// stand there already.
func (p *Plan) findings(then string) *sortedInsert[finding] {
	return &sortedInsert[finding]{
		grouped: grouped[finding]{
			conn:   p.conn,
			into:   `INSERT INTO main.findings (row, standing, run, run_row, run_line, user_id, listed)`,
			values: `(?, ?, nullif(?, 0), ?, ?, ?, ?)`,
			then:   then,
			bind: func(f *finding, args []any) []any {
				return append(args, f.row, int(f.standing), f.best.run, f.best.row, f.best.line, f.best.userID, f.listed)
			},
		},
		compare: func(a, b finding) int { return cmp.Compare(a.row, b.row) },
	}
}

func (p *Plan) count(ctx context.Context) (c PlanCounts, err error) {
	err = p.conn.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE standing = ?), count(*) FILTER (WHERE standing = ?)
		FROM main.findings`, int(Exists), int(Doubtful)).Scan(&c.Existing, &c.InDoubt)
	c.Rows, c.New = p.rows, p.rows-c.Existing-c.InDoubt
	return c, err
}

// Duplicate is a row whose person stands in the roster before.
type Duplicate struct {
	// Row and Line are the later place, FirstRow and FirstLine the first one.
	Row, Line           int
	FirstRow, FirstLine int
}

// Duplicates yields the added rows whose person stands in an earlier row, in
// the order of the roster.
func (p *Plan) Duplicates(ctx context.Context) iter.Seq2[Duplicate, error] {
	return paged(func(last *Duplicate) ([]Duplicate, error) {
		after := 0
		if last != nil {
			after = last.Row
		} else if err := p.findDuplicates(ctx); err != nil {
			return nil, p.wrap(err)
		}
		page, err := collect(ctx, p.conn, func(rows *sql.Rows) (d Duplicate, err error) {
			return d, rows.Scan(&d.Row, &d.Line, &d.FirstRow, &d.FirstLine)
		}, `SELECT row, line, first_row, first_line FROM main.duplicates WHERE row > ? ORDER BY row LIMIT ?`, after, pageSize)
		return page, p.wrap(err)
	})
}

// findDuplicates notes who stands in the roster more than once.
func (p *Plan) findDuplicates(ctx context.Context) error {
	if err := p.digests.flush(ctx); err != nil {
		return err
	}
	if _, err := p.conn.ExecContext(ctx, `DELETE FROM main.duplicates`); err != nil {
		return err
	}
	_, err := p.conn.ExecContext(ctx, `
		INSERT INTO main.duplicates (row, line, first_row, first_line)
		SELECT later.row, later.line, first.row, first.line
		FROM (SELECT digest, min(row) AS row FROM main.digests GROUP BY digest HAVING count(*) > 1) AS repeated
		CROSS JOIN main.digests AS first ON first.digest = repeated.digest AND first.row = repeated.row
		CROSS JOIN main.digests AS later ON later.digest = repeated.digest AND later.row > repeated.row
		ORDER BY later.row`)
	return err
}
