package amend

import (
	"context"
	"iter"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Lines yields what became of each row, in the order of the roster, from what
// the ledger holds of the run.
func (u *Update) Lines(ctx context.Context, run ledger.PastRun) iter.Seq2[intake.Line, error] {
	return func(yield func(intake.Line, error) bool) {
		for row, err := range u.Rows(ctx, ledger.Selection{Run: &run}) {
			var line intake.Line
			if err == nil {
				line = u.line(row)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func (u *Update) line(row intake.Row) intake.Line {
	line := intake.Line{Row: row.Number, Line: report.Line{
		Line: row.Line, Key: row.Record.Text(u.Adapter.Key), Status: string(engine.NotTried),
	}}
	if note := row.Entry; note != nil {
		take(&line.Line, note)
	}
	if len(row.Faults) > 0 {
		line.Error = intake.FaultText(row.Faults)
	}
	line.Hint = hint(line.Status, line.Class)
	return line
}

// take takes up what the ledger has of a row.
func take(line *report.Line, note *ledger.Row) {
	line.Status, line.ID, line.Class, line.Error = string(note.State.Shown(false)), note.UserID, note.Class, note.Message
	line.NotStored = note.NotStored
	if note.State == ledger.Changing {
		line.Error = "the run broke off before the answer came"
	}
}

// hint says what an administrator can do about a row.
func hint(status, class string) string {
	switch status {
	case string(engine.Updated), string(engine.Unchanged):
		return ""
	case string(engine.Unknown), string(engine.NotTried):
		return "update with it again: the user is compared before anything is sent"
	}
	switch class {
	case provider.Invalid.String():
		return "mend the row and update with it again"
	case provider.NotFound.String():
		return "import it to create the user"
	case provider.Denied.String():
		return "renew the credentials or ask for the permission, then update with it again"
	case provider.Conflict.String():
		return "another user may hold a value that must be unique"
	default:
		return "nothing was changed: update with it again"
	}
}
