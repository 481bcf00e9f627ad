package file

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"

	"github.com/bring-aboard/usher/internal/ledger"
)

const tableOfRows = `
		CREATE TABLE main.rows (row INTEGER PRIMARY KEY, line INTEGER NOT NULL, faults BLOB, record BLOB);`

// The maximum number of rows in memory, to be written or as a page that was read.
const (
	pageRows  = 256
	pageBytes = 256 << 10
)

func (p *Plan) newRows() *sortedInsert[ledger.RosterRow] {
	return &sortedInsert[ledger.RosterRow]{
		grouped: grouped[ledger.RosterRow]{
			conn: p.conn, into: `INSERT INTO main.rows (row, line, faults, record)`, values: `(?, ?, ?, ?)`,
			bind: func(r *ledger.RosterRow, args []any) []any { return append(args, r.Row, r.Line, r.Faults, r.Record) },
		},
		compare: func(a, b ledger.RosterRow) int { return a.Row - b.Row },
	}
}

// Add implements [ledger.Plan].
func (p *Plan) Add(ctx context.Context, row ledger.RosterRow, key ledger.KeyDigests) error {
	p.count.Rows++
	if row.Faults != nil {
		p.count.Invalid++
	}
	if err := p.rows.add(ctx, row); err != nil {
		return p.wrap(err)
	}
	if p.unwritten += len(row.Record) + len(row.Faults); p.unwritten > pageBytes {
		if err := p.rows.flush(ctx); err != nil {
			return p.wrap(err)
		}
		p.unwritten = 0
	}
	if key.Form.IsZero() {
		return nil
	}
	if err := p.addOld(ctx, row.Row, key); err != nil {
		return p.wrap(err)
	}
	return p.wrap(p.digests.add(ctx, digestRow{row: row.Row, digest: key.Form, exact: key.Exact}))
}

// addOld adds the digest of the old comparison of a row's user, if a run may have recorded it.
func (p *Plan) addOld(ctx context.Context, row int, key ledger.KeyDigests) error {
	if key.Old.IsZero() || p.store.lastOldRun() == 0 {
		return nil
	}
	return p.old.add(ctx, digestRow{row: row, digest: key.Old})
}

// Rows implements [ledger.Plan].
func (p *Plan) Rows(ctx context.Context, selection ledger.Selection) iter.Seq2[ledger.PlanRow, error] {
	return func(yield func(ledger.PlanRow, error) bool) {
		if err := p.readRows(ctx, selection, func(row ledger.PlanRow) bool { return yield(row, nil) }); err != nil {
			yield(ledger.PlanRow{}, p.wrap(err))
		}
	}
}

// readRows calls a function for each selected row, until it returns false.
func (p *Plan) readRows(ctx context.Context, selection ledger.Selection, yield func(ledger.PlanRow) bool) (err error) {
	if err := p.rows.flush(ctx); err != nil {
		return err
	}
	query, args := p.query(selection)
	stmt, err := p.conn.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	args = slices.Concat([]any{0}, args, []any{pageRows})
	for more := true; more; {
		var page []ledger.PlanRow
		if page, more, err = readPage(ctx, stmt, args); err != nil || len(page) == 0 {
			return err
		}
		if err := p.complete(ctx, selection, page); err != nil {
			return err
		}
		for _, row := range page {
			if !yield(row) {
				return nil
			}
		}
		args[0] = page[len(page)-1].Row
	}
	return nil
}

// readPage reads the next rows; more reports whether there may be others.
func readPage(ctx context.Context, stmt *sql.Stmt, args []any) (page []ledger.PlanRow, more bool, err error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	page = make([]ledger.PlanRow, 0, pageRows)
	for size := 0; rows.Next(); {
		var r ledger.PlanRow
		if err := rows.Scan(&r.Row, &r.Line, &r.Faults, &r.Record); err != nil {
			return nil, false, err
		}
		page = append(page, r)
		if size += len(r.Faults) + len(r.Record); size >= pageBytes || len(page) == pageRows {
			return page, true, nil
		}
	}
	return page, false, rows.Err()
}

// complete adds the other known data to rows.
func (p *Plan) complete(ctx context.Context, selection ledger.Selection, page []ledger.PlanRow) error {
	first, last := page[0].Row, page[len(page)-1].Row
	at := func(row int) *ledger.PlanRow {
		i, ok := slices.BinarySearchFunc(page, row, func(r ledger.PlanRow, row int) int { return r.Row - row })
		if !ok {
			return &ledger.PlanRow{} // it was not selected
		}
		return &page[i]
	}
	if p.found {
		if err := p.addFindings(ctx, selection, first, last, at); err != nil {
			return err
		}
	}
	if p.repeated {
		if err := p.addFirstLines(ctx, first, last, at); err != nil {
			return err
		}
	}
	if selection.Run == nil {
		return nil
	}
	entries, err := p.store.between(ctx, *selection.Run, first, last)
	for i := range entries {
		at(entries[i].Row).Entry = &entries[i]
	}
	return err
}

// query returns the query for a page of a selection, with the arguments between the row before and the number of
// rows.
func (p *Plan) query(s ledger.Selection) (query string, args []any) {
	from, row, where := `main.rows`, `rows.row`, ``
	if !p.found && slices.Contains(s.Standings, ledger.New) {
		s.Standings = nil // all are
	}
	for _, standing := range s.Standings {
		args = append(args, int(standing))
	}
	switch wanted := places(len(s.Standings)); {
	case len(s.Standings) == 0:
	case slices.Contains(s.Standings, ledger.New):
		from, where = from+` LEFT JOIN main.findings ON findings.row = rows.row`, ` AND coalesce(standing, 0) IN (`+wanted+`)`
	default:
		from, row, where = `main.findings CROSS JOIN main.rows ON rows.row = findings.row`, `findings.row`, ` AND standing IN (`+wanted+`)`
	}
	isRepeated := `EXISTS (SELECT 1 FROM main.duplicates WHERE duplicates.row = rows.row)`
	if !p.repeated {
		isRepeated = `false`
	}
	if s.Valid {
		where += ` AND faults IS NULL AND NOT ` + isRepeated
	}
	if s.Invalid {
		where += ` AND (faults IS NOT NULL OR ` + isRepeated + `)`
	}
	return `SELECT rows.row, line, faults, record FROM ` + from + ` WHERE ` + row + ` > ?` + where + ` ORDER BY ` + row + ` LIMIT ?`, args
}

// addFindings adds the results of Resolve to rows.
func (p *Plan) addFindings(ctx context.Context, selection ledger.Selection, first, last int, at func(row int) *ledger.PlanRow) error {
	where, args := ``, []any{first, last}
	if len(selection.Standings) > 0 {
		where = ` AND standing IN (` + places(len(selection.Standings)) + `)`
		for _, standing := range selection.Standings {
			args = append(args, int(standing))
		}
	}
	return p.each(ctx, func(rows *sql.Rows) error {
		var row int
		finding, err := scanFinding(rows, &row)
		at(row).Finding = finding
		return err
	}, sqlFindings+` WHERE findings.row BETWEEN ? AND ?`+where, args...)
}

// addFirstLines adds the first line to rows of users with an earlier row.
func (p *Plan) addFirstLines(ctx context.Context, first, last int, at func(row int) *ledger.PlanRow) error {
	return p.each(ctx, func(rows *sql.Rows) error {
		var row, line int
		err := rows.Scan(&row, &line)
		at(row).FirstLine = line
		return err
	}, `SELECT row, first_line FROM main.duplicates WHERE row BETWEEN ? AND ?`, first, last)
}

// each calls a function for each row of a query.
func (p *Plan) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	_, err := collect(ctx, p.conn, func(rows *sql.Rows) (struct{}, error) { return struct{}{}, scan(rows) }, query, args...)
	return err
}

// First implements [ledger.Plan].
func (p *Plan) First(ctx context.Context, standing ledger.Presence, listed bool) (ledger.Finding, error) {
	found, err := collect(ctx, p.conn, func(rows *sql.Rows) (ledger.Finding, error) { return scanFinding(rows, new(int)) }, sqlFindings+`
		WHERE standing = ? AND listed = ? AND findings.row NOT IN (SELECT row FROM main.duplicates) ORDER BY findings.row LIMIT 1`, int(standing), listed)
	if err != nil || len(found) == 0 {
		return ledger.Finding{}, p.wrap(err)
	}
	return found[0], nil
}

const sqlFindings = `
		SELECT findings.row, standing, coalesce(runs.id, ''), coalesce(run_row, 0), coalesce(run_line, 0), user_id, listed,
		       doubt, proof, sends, first, word, due
		FROM main.findings LEFT JOIN ledger.runs ON runs.number = findings.run`

func scanFinding(rows *sql.Rows, row *int) (f ledger.Finding, err error) {
	var first sql.NullInt64
	err = rows.Scan(row, &f.Standing, &f.Run, &f.Row, &f.Line, &f.UserID, &f.Listed, &f.Doubt, &f.Proof, &f.Sends, &first, &f.Word, &f.Due)
	f.First = moment(first)
	return f, err
}

// digestRow is a row of the roster with a digest of its user.
type digestRow struct {
	row           int
	digest, exact ledger.Digest
}

// compare compares rows in the order of their table.
func (r digestRow) compare(other digestRow) int {
	if order := bytes.Compare(r.digest[:], other.digest[:]); order != 0 {
		return order
	}
	return r.row - other.row
}
