package file

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
)

// finding is a [ledger.Finding] about a row of the roster, to be written to the scratch file.
type finding struct {
	row      int
	standing ledger.Presence
	best     ledger.Evidence
	listed   bool
}

// Resolve implements [ledger.Plan].
func (p *Plan) Resolve(ctx context.Context, choose ledger.Chooser) (ledger.PlanCounts, error) {
	for _, flush := range []func(context.Context) error{p.rows.flush, p.digests.flush, p.old.flush, p.listed.flush, p.answers.flush} {
		if err := flush(ctx); err != nil {
			return ledger.PlanCounts{}, p.wrap(err)
		}
	}
	_, err := p.conn.ExecContext(ctx, `DELETE FROM main.findings`)
	if err == nil {
		err = p.store.copyRoster(ctx, p)
	}
	if err == nil {
		err = p.askLedger(ctx)
	}
	if err == nil && p.old.written > 0 {
		err = p.askOldRuns(ctx)
	}
	if err == nil {
		err = p.askList(ctx, choose)
	}
	if err == nil {
		_, err = p.conn.ExecContext(ctx, `UPDATE main.findings SET standing = ? WHERE standing = ? AND listed = 0
			AND row IN (SELECT row FROM main.answers WHERE absent = 1)`, int(ledger.ProvedGone), int(ledger.Exists))
	}
	if err != nil {
		return ledger.PlanCounts{}, p.wrap(err)
	}
	counts, err := p.counted(ctx)
	return counts, p.wrap(err)
}

// askLedger writes what the runs know. It reads the roster's digests and the ledger's index in the same order, so
// that each page is read once.
func (p *Plan) askLedger(ctx context.Context) (err error) {
	rows, err := p.conn.QueryContext(ctx, `
		SELECT asked.digest, asked.row, `+sqlKnown+`
		FROM main.digests AS asked CROSS JOIN ledger.digests AS noted ON noted.digest = asked.digest
		CROSS JOIN ledger.rows AS known ON known.run = noted.run AND known.row = noted.row
		WHERE `+sqlEvidence+`
		UNION ALL
		SELECT asked.digest, asked.row, `+sqlKnown+`
		FROM ledger.intended AS known CROSS JOIN main.digests AS asked ON asked.digest = known.digest WHERE `+sqlEvidence+`
		ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	return p.keepEvidence(ctx, rows, p.findings(""))
}

// askOldRuns writes which rows the runs of the old comparison may know, by its digests. Findings of askLedger take
// precedence.
func (p *Plan) askOldRuns(ctx context.Context) error {
	rows, err := p.conn.QueryContext(ctx, `
		SELECT asked.digest, asked.row, `+sqlKnown+`
		FROM main.old_digests AS asked CROSS JOIN ledger.digests AS noted ON noted.digest = asked.digest
		CROSS JOIN ledger.rows AS known ON known.run = noted.run AND known.row = noted.row
		WHERE known.run <= ?1 AND `+sqlEvidence+`
		UNION ALL
		SELECT asked.digest, asked.row, `+sqlKnown+`
		FROM ledger.intended AS known CROSS JOIN main.old_digests AS asked ON asked.digest = known.digest
		WHERE known.run <= ?1 AND `+sqlEvidence+`
		ORDER BY 1, 2`, p.store.lastOldRun())
	if err != nil {
		return err
	}
	found := p.findings(` ON CONFLICT (row) DO NOTHING`)
	found.bind = func(f *finding, args []any) []any {
		doubtful := *f
		doubtful.standing = ledger.Doubtful
		return doubtful.bind(args)
	}
	return p.keepEvidence(ctx, rows, found)
}

// keepEvidence reads evidence in the order of the rows that it is about, and writes the deciding one of each row.
func (p *Plan) keepEvidence(ctx context.Context, rows *sql.Rows, found *sortedInsert[finding]) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()

	var now finding // the row of the roster whose evidence is being read
	for rows.Next() {
		var (
			digest sql.RawBytes
			row    int
			e      evidence
		)
		if err := rows.Scan(append([]any{&digest, &row}, e.columns()...)...); err != nil {
			return err
		}
		e.Started = moment(e.started)
		switch {
		case row != now.row:
			if err := p.keep(ctx, found, now); err != nil {
				return err
			}
			now = finding{row: row, best: e.Evidence}
		default:
			now.best = e.Joined(now.best)
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

// keep writes the evidence about a row, unless the finding is zero.
func (p *Plan) keep(ctx context.Context, found *sortedInsert[finding], f finding) error {
	if f.row == 0 {
		return nil
	}
	f.standing = f.best.Presence()
	return found.add(ctx, f)
}

// askList writes who is in the provider's list, replacing what the runs know.
func (p *Plan) askList(ctx context.Context, choose ledger.Chooser) (err error) {
	rows, err := p.conn.QueryContext(ctx, `
		SELECT digests.row, listed.user_id, listed.unclear, listed.exact IS digests.exact, coalesce(findings.user_id, '')
		FROM main.digests CROSS JOIN main.listed ON listed.digest = digests.digest
		LEFT JOIN main.findings ON findings.row = digests.row
		ORDER BY digests.digest, digests.row`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()

	found := p.findings(`
		ON CONFLICT (row) DO UPDATE SET standing = excluded.standing, user_id = excluded.user_id, listed = 1,
			doubt = '', proof = 0, sends = 0, first = NULL, word = 0`)
	var now listedRow
	for rows.Next() {
		var (
			next listedRow
			user ledger.Listed
		)
		if err := rows.Scan(&next.row, &user.UserID, &next.unclear, &user.Equal, &next.ledgerID); err != nil {
			return err
		}
		if next.row != now.row {
			if err := now.keep(ctx, found, choose); err != nil {
				return err
			}
			next.listed = now.listed[:0]
			now = next
		}
		now.unclear = now.unclear || next.unclear
		now.listed = append(now.listed, user)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := now.keep(ctx, found, choose); err != nil {
		return err
	}
	return found.flush(ctx)
}

// listedRow is a row of the roster with the listed users that may be its user; the zero value has no row.
type listedRow struct {
	row      int
	ledgerID string
	listed   []ledger.Listed
	unclear  bool
}

// keep writes the result of the list about the row.
func (r listedRow) keep(ctx context.Context, found *sortedInsert[finding], choose ledger.Chooser) error {
	if r.row == 0 {
		return nil
	}
	f := finding{row: r.row, standing: ledger.Unclear, listed: true}
	if !r.unclear {
		if id, ok := choose(r.ledgerID, r.listed); ok {
			f.standing, f.best.UserID = ledger.Exists, id
		}
	}
	return found.add(ctx, f)
}

// findings returns an insert of findings, with the handling of existing ones.
func (p *Plan) findings(then string) *sortedInsert[finding] {
	return &sortedInsert[finding]{
		grouped: grouped[finding]{
			conn:   p.conn,
			into:   `INSERT INTO main.findings (row, standing, run, run_row, run_line, user_id, listed, doubt, proof, sends, first, word, due)`,
			values: `(?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			then:   then,
			bind:   (*finding).bind,
		},
		compare: func(a, b finding) int { return cmp.Compare(a.row, b.row) },
	}
}

// bind appends the values for an INSERT of the finding.
func (f *finding) bind(args []any) []any {
	known, first := f.best.Finding(), sql.NullInt64{}
	if f.standing == ledger.Doubtful {
		known.Doubt = cmp.Or(known.Doubt, ledger.DoubtLost)
		if started := f.best.Started; !started.IsZero() {
			first = sql.NullInt64{Int64: stamp(started), Valid: true}
		}
	}
	return append(args, f.row, int(f.standing), f.best.Run, f.best.Row, f.best.Line, f.best.UserID, f.listed,
		known.Doubt, known.Proof, known.Sends, first, known.Word, f.best.Due)
}

func (p *Plan) counted(ctx context.Context) (ledger.PlanCounts, error) {
	c := p.count
	err := p.conn.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE standing = ?1), count(*) FILTER (WHERE standing = ?2), count(*) FILTER (WHERE standing = ?3),
			count(*) FILTER (WHERE standing = ?4), count(*) FILTER (WHERE standing = ?2 AND word), count(*) FILTER (WHERE standing = ?1 AND NOT listed)
		FROM main.findings CROSS JOIN main.rows ON rows.row = findings.row
		WHERE faults IS NULL AND findings.row NOT IN (SELECT row FROM main.duplicates)`,
		int(ledger.Exists), int(ledger.Doubtful), int(ledger.Unclear), int(ledger.ProvedGone)).
		Scan(&c.Existing, &c.InDoubt, &c.Unclear, &c.Gone, &c.Words, &c.Unlisted)
	if err == nil {
		err = p.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM main.findings)`).Scan(&p.found)
	}
	c.New = c.Rows - c.Invalid - c.Repeated - c.Existing - c.InDoubt - c.Unclear - c.Gone
	return c, err
}

// Refused implements [ledger.Plan].
func (p *Plan) Refused() int { return p.count.Invalid + p.count.Repeated }

// Duplicates implements [ledger.Plan].
func (p *Plan) Duplicates(ctx context.Context) iter.Seq2[ledger.Duplicate, error] {
	return ledger.Paged(func(last *ledger.Duplicate) ([]ledger.Duplicate, error) {
		after := 0
		if last != nil {
			after = last.Row
		} else if err := p.findDuplicates(ctx); err != nil {
			return nil, p.wrap(err)
		}
		page, err := collect(ctx, p.conn, func(rows *sql.Rows) (d ledger.Duplicate, err error) {
			return d, rows.Scan(&d.Row, &d.Line, &d.FirstRow, &d.FirstLine)
		}, `SELECT row, line, first_row, first_line FROM main.duplicates WHERE row > ? ORDER BY row LIMIT ?`, after, ledger.PageSize)
		return page, p.wrap(err)
	})
}

// findDuplicates records the rows whose user has an earlier row.
func (p *Plan) findDuplicates(ctx context.Context) error {
	for _, flush := range []func(context.Context) error{p.rows.flush, p.digests.flush} {
		if err := flush(ctx); err != nil {
			return err
		}
	}
	if _, err := p.conn.ExecContext(ctx, `DELETE FROM main.duplicates`); err != nil {
		return err
	}
	if _, err := p.conn.ExecContext(ctx, `
		INSERT INTO main.duplicates (row, line, first_row, first_line)
		SELECT later.row, later.line, first.row, first.line
		FROM (SELECT digest, min(row) AS row FROM main.digests GROUP BY digest HAVING count(*) > 1) AS repeated
		CROSS JOIN main.digests AS again ON again.digest = repeated.digest AND again.row > repeated.row
		CROSS JOIN main.rows AS first ON first.row = repeated.row
		CROSS JOIN main.rows AS later ON later.row = again.row
		ORDER BY later.row`); err != nil {
		return err
	}
	return p.conn.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE faults IS NULL), count(*) > 0 FROM main.duplicates CROSS JOIN main.rows ON rows.row = duplicates.row`).
		Scan(&p.count.Repeated, &p.repeated)
}
