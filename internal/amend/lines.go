package amend

import (
	"context"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Lines yields what became of each row, in the order of the roster, from what
// the ledger holds of the run.
func (u *Update) Lines(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) iter.Seq2[intake.Line, error] {
	return func(yield func(intake.Line, error) bool) {
		for noted, err := range u.Noted(ctx, book, run) {
			var line intake.Line
			if err == nil {
				line = u.line(noted)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func (u *Update) line(noted intake.Noted) intake.Line {
	line := intake.Line{Row: noted.Row, Line: report.Line{
		Line: noted.Line, Key: noted.Record.Text(u.Adapter.Key), Status: string(bulk.NotTried),
	}}
	if note := noted.Note; note != nil {
		line.Status, line.ID, line.Class, line.Error = string(note.State), note.UserID, note.Class, note.Message
		switch note.State {
		case ledger.Uncertain:
			line.Status = string(bulk.Unknown)
		case ledger.Changing:
			line.Status, line.Error = string(bulk.Unknown), "the run broke off before the answer came"
		}
	}
	var faults []string
	for _, fault := range noted.Faults {
		faults = append(faults, fault.Fault.Error())
	}
	if faults != nil {
		line.Error = strings.Join(faults, "; ")
	}
	line.Hint = hint(line.Status, line.Class)
	return line
}

// hint says what an administrator can do about a row.
func hint(status, class string) string {
	switch status {
	case string(Updated), string(Unchanged):
		return ""
	case string(bulk.Unknown), string(bulk.NotTried):
		return "import it again with --update: the user is compared before anything is sent"
	}
	switch class {
	case provider.Invalid.String():
		return "mend the row and import it again with --update"
	case provider.NotFound.String():
		return "import it without --update to create the user"
	case provider.Denied.String():
		return "renew the credentials or ask for the permission, then import it again with --update"
	case provider.Conflict.String():
		return "another user may hold a value that must be unique"
	default:
		return "nothing was changed: import it again with --update"
	}
}
