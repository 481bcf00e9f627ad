package intake

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Lines yields what became of each row, in the order of the roster, from what
// the ledger holds of the run.
func (i *Import) Lines(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		rows := newCursor(book.Rows(ctx, run), rowOf)
		defer rows.stop()
		for m, err := range i.members(ctx) {
			noted, ok, noteErr := rows.at(m.Number)
			if err = errors.Join(err, noteErr); err != nil {
				yield(Line{}, err)
				return
			}
			line := Line{Row: m.Row, Line: report.Line{Line: m.Row.Line, Key: i.keyOf(m.Record), Status: string(bulk.NotTried)}}
			if ok {
				line.note(noted)
			}
			if m.isFaulty() {
				line.Error = i.faultText(m)
			}
			line.Hint = i.hint(line.Line, run, m)
			if !yield(line, nil) {
				return
			}
		}
	}
}

func rowOf(row ledger.Row) int { return row.Row }

// Notes walks through what the ledger holds of the rows of a run, in their order.
type Notes struct{ rows *cursor[ledger.Row] }

// NotesOf begins at the first row. Stop must be called.
func NotesOf(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) Notes {
	return Notes{newCursor(book.Rows(ctx, run), rowOf)}
}

// At gives the note of a row, nil where there is none. Rows are asked for in
// their order.
func (n Notes) At(row int) (*ledger.Row, error) {
	note, ok, err := n.rows.at(row)
	if !ok || err != nil {
		return nil, err
	}
	return &note, nil
}

// Stop ends the walk.
func (n Notes) Stop() { n.rows.stop() }

// Line is what became of one row, together with the row.
type Line struct {
	Row roster.Row
	report.Line
}

func (l *Line) note(row ledger.Row) {
	l.Status, l.ID, l.Class, l.Error = string(row.State), row.UserID, row.Class, row.Message
	switch row.State {
	case ledger.Sent:
		l.Status, l.Error = string(bulk.Unknown), "the run broke off before the answer came"
	case ledger.Absent, ledger.Forgotten:
		l.Status = string(bulk.Failed)
	}
}

func (i *Import) faultText(m member) string {
	var texts []string
	for _, fault := range i.faultsOf(m) {
		texts = append(texts, fault.Fault.Error())
	}
	return strings.Join(texts, "; ")
}

// hint says what an administrator can do about a row.
func (i *Import) hint(line report.Line, run ledger.PastRun, m member) string {
	switch line.Status {
	case string(bulk.Created):
		return ""
	case string(bulk.Existing):
		if m.finding.Run != "" {
			return "made by run " + m.finding.Run
		}
		return ""
	case string(bulk.NotTried):
		return "import it again"
	case string(bulk.Unknown):
		if _, ok := i.Adapter.Operation(provider.PowerFind); ok {
			return "import it again: the provider is asked before anything is sent"
		}
		return fmt.Sprintf("look into the provider's own console, then usher runs settle %s --line %d --created or --absent", run.ID, line.Line)
	}
	switch line.Class {
	case provider.Invalid.String():
		return "mend the row and import it again"
	case provider.Denied.String():
		return "renew the credentials or ask for the permission, then import it again"
	case provider.Conflict.String():
		return "the user exists, or another one holds a value that must be unique"
	case provider.NotFound.String():
		return "check the address and the organization of the profile, then import it again"
	default:
		return "nothing was made: import it again"
	}
}
