package amend

import (
	"context"
	"iter"

	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/rowstate"
)

// Lines yields the result of each row, in the order of the roster, from the ledger's entries of the run.
func (u *Update) Lines(ctx context.Context, run ledger.PastRun) iter.Seq2[intake.LedgerRow, error] {
	return func(yield func(intake.LedgerRow, error) bool) {
		for row, err := range u.Rows(ctx, ledger.Selection{Run: &run}) {
			var line intake.LedgerRow
			if err == nil {
				line = u.LineOf(row)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// LineOf returns the result of a row, from the ledger's entry of the run.
func (u *Update) LineOf(row intake.Row) intake.LedgerRow {
	line := intake.LedgerRow{Row: row.Number, Line: report.Line{
		Line: row.Line, Key: row.Record.Text(u.Adapter.Key), State: string(rowstate.NotTried),
	}}
	if note := row.Entry; note != nil {
		take(&line.Line, note)
	}
	if len(row.Errors) > 0 {
		line.Error = intake.ErrorText(row.Errors)
	}
	line.Hint = updateHints().of(line.Line)
	return line
}

// take copies the ledger's entry of a row.
func take(line *report.Line, note *ledger.Entry) {
	line.State, line.ID, line.Class, line.Error = string(note.State.Shown(false)), note.UserID, note.Class, note.Message
	line.NotStored = note.NotStored
	if note.State == rowstate.Changing || note.State == rowstate.Removing {
		line.Error = "the run ended before a response arrived"
	}
}
