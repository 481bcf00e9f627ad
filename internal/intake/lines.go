package intake

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Lines yields the result of each row, in the order of the roster, from the ledger's entries of the run.
func (i *Import) Lines(ctx context.Context, run ledger.PastRun) iter.Seq2[LedgerRow, error] {
	return func(yield func(LedgerRow, error) bool) {
		for row, err := range i.Rows(ctx, ledger.Selection{Run: &run}) {
			var line LedgerRow
			if err == nil {
				line = i.LineOf(row, run)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

// LedgerRow is the result of one row.
type LedgerRow struct {
	// Row is the number of the row.
	Row int
	report.Line
}

// LineOf returns the result of a row, from the ledger's entry of the run.
func (i *Import) LineOf(row Row, run ledger.PastRun) LedgerRow {
	line := LedgerRow{Row: row.Number, Line: report.Line{Line: row.Line, Key: i.keyOf(row.Record), State: string(rowstate.NotTried)}}
	if row.Entry != nil {
		line.note(*row.Entry)
	}
	if row.isInvalid() {
		line.Error = ErrorText(row.Errors)
	}
	line.Hint = i.hint(line.Line, run, row)
	if row.Entry != nil && row.Entry.Resends > 0 && line.Hint == "" {
		line.Hint = fmt.Sprintf("sent %d times: a response was lost, and lookups confirmed that no user had the key", row.Entry.Resends+1)
	}
	return line
}

func (l *LedgerRow) note(row ledger.Entry) {
	l.State = string(row.State.Reported(false))
	l.ID, l.Class, l.Error, l.NotStored = row.UserID, row.Class, row.Message, row.NotStored
	if row.State == rowstate.Sent {
		l.Error = "the run ended before a response arrived"
	}
}

// ErrorText returns validation errors as one text; "" for none.
func ErrorText(rowErrs roster.RowErrors) string {
	texts := make([]string, len(rowErrs))
	for n, rowErr := range rowErrs {
		texts[n] = rowErr.FieldError.Error()
	}
	return strings.Join(texts, "; ")
}

// hint returns what an administrator can do about a row; "" for nothing.
func (i *Import) hint(line report.Line, run ledger.PastRun, row Row) string {
	switch state := rowstate.State(line.State); {
	case state == rowstate.Existing && row.Finding.Run != "":
		return "created by run " + row.Finding.Run
	case state == rowstate.Gone:
		return fmt.Sprintf("to create the user again, run usher runs forget %s --line %d and import it again", run.ID, line.Line)
	case state.Kind() == rowstate.Good:
		return ""
	case state.Kind() == rowstate.Open:
		return "import it again"
	case state.Kind() == rowstate.InDoubt:
		if _, ok := i.Adapter.Endpoint(provider.CapabilityFind); ok {
			return "import it again; the user is looked up first"
		}
		return fmt.Sprintf("check the provider's console, then run usher runs settle %s --line %d with --created or --absent", run.ID, line.Line)
	}
	switch line.Class {
	case provider.Invalid.String():
		return "fix the row and import it again"
	case provider.Denied.String():
		return "renew the credentials or request the permission, then import it again"
	case provider.Conflict.String():
		return "user already exists, or another user has the same unique value"
	case provider.NotFound.String():
		if field, ok := i.Adapter.Table.Field(i.Adapter.Scope); ok && i.Adapter.Scope != "" {
			return fmt.Sprintf("check %s %s and the profile's base-url, then import it again", field.Name, field.Text(row.Record[field.Name]))
		}
		return "check the profile's base-url and organization, then import it again"
	default:
		return "not created; import it again"
	}
}
