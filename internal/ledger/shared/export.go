package shared

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
)

const opExport = "export the shared ledger"

// Export implements [ledger.Store]. The copy has the key of the shared store.
func (l *Ledger) Export(ctx context.Context, to io.Writer) error {
	tx, err := l.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return l.wrap(opExport, err)
	}
	defer func() { _ = tx.Rollback(ctx) }() // it changes nothing
	return file.Write(ctx, l.dir, l.key, func(yield func(file.Table) bool) {
		for _, t := range tables() {
			if !yield(l.read(ctx, tx, t)) {
				return
			}
		}
	}, to)
}

// read returns a table with the values of a file.
func (l *Ledger) read(ctx context.Context, tx pgx.Tx, t table) file.Table {
	var (
		columns, values = t.columns, make([]string, len(t.columns))
		from            = "usher." + t.name + " AS t"
		args            []any
	)
	for i, name := range columns {
		values[i] = toFile(name)
	}
	switch t.name {
	case "runs":
		columns, values = append(columns, "pid"), append(values, "0") // no process of the machine that gets the file
	case "rows":
		from += " JOIN usher.runs ON runs.number = t.run"
		args = append(args, l.machine)
		values[slices.Index(columns, "doubt")] = `CASE WHEN t.state IN ` + sqlInDoubt + ` AND t.doubt <> '` + ledger.DoubtAnswered + `'
			AND (runs.machine <> $1 OR runs.ended IS NULL) THEN '` + ledger.DoubtForeign + `' ELSE t.doubt END`
	}
	query := fmt.Sprintf("SELECT %s FROM %s", strings.Join(values, ", "), from)
	return file.Table{Name: t.name, Columns: columns, Rows: l.valuesOf(ctx, tx, query, args...)}
}

// valuesOf yields the rows of a query.
func (l *Ledger) valuesOf(ctx context.Context, tx pgx.Tx, query string, args ...any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			yield(nil, l.wrap(opExport, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if !yield(values, l.wrap(opExport, err)) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, l.wrap(opExport, err))
		}
	}
}
