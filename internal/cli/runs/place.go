package runs

import (
	"context"
	"errors"
	"fmt"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
)

// rowsAt finds the rows that --line or --row name.
func rowsAt(ctx context.Context, book ledger.Store, run ledger.PastRun, lines []int, row int) ([]ledger.Entry, error) {
	next := "usher runs rows " + run.ID
	switch {
	case row != 0 && len(lines) > 1:
		return nil, failure.Refuse(fmt.Errorf("--row %d cannot stand on %d lines", row, len(lines)), next)
	case row != 0:
		found, err := rowNumbered(ctx, book, run, row)
		if err == nil && len(lines) == 1 && found.Line != lines[0] {
			err = failure.Refuse(fmt.Errorf("row %d of run %s stands on line %d, not %d", row, run.ID, found.Line, lines[0]), next)
		}
		return []ledger.Entry{found}, err
	case len(lines) == 0:
		return nil, failure.Refuse(errors.New("--line is missing"), next)
	}
	var rows []ledger.Entry
	for _, line := range lines {
		found, err := rowOnLine(ctx, book, run, line)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found)
	}
	return rows, nil
}

// rowOnLine finds the one row that begins on a line.
func rowOnLine(ctx context.Context, book ledger.Store, run ledger.PastRun, line int) (ledger.Entry, error) {
	next := "usher runs rows " + run.ID
	rows, err := book.RowsAt(ctx, run, line)
	switch {
	case err != nil:
		return ledger.Entry{}, err
	case len(rows) == 0:
		return ledger.Entry{}, failure.Refuse(fmt.Errorf("run %s has no row on line %d", run.ID, line), next)
	case len(rows) > 1:
		return ledger.Entry{}, failure.Refuse(fmt.Errorf("run %s has %d rows on line %d: name one with --row", run.ID, len(rows), line), next+" -o json")
	}
	return rows[0], nil
}

// rowNumbered finds a row by its number.
func rowNumbered(ctx context.Context, book ledger.Store, run ledger.PastRun, number int) (ledger.Entry, error) {
	for row, err := range book.Rows(ctx, run) {
		if err != nil {
			return ledger.Entry{}, err
		}
		if row.Row == number {
			return row, nil
		}
	}
	return ledger.Entry{}, failure.Refuse(fmt.Errorf("run %s has no row %d", run.ID, number), "usher runs rows "+run.ID)
}
