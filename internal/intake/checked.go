package intake

import (
	"context"
	"errors"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
)

// Checked is a row of the roster whose faults are complete: that its key
// stands in an earlier row is one of them.
type Checked struct{ roster.Row }

// Checked yields the rows of the roster after Read.
func (i *Import) Checked(ctx context.Context) iter.Seq2[Checked, error] {
	return func(yield func(Checked, error) bool) {
		for m, err := range i.members(ctx) {
			if err != nil {
				yield(Checked{}, err)
				return
			}
			m.Faults = i.faultsOf(m)
			if !yield(Checked{m.Row}, nil) {
				return
			}
		}
	}
}

// Noted is a row of the roster with what the ledger holds of it.
type Noted struct {
	Checked
	// Note is the ledger's row; nil where a run did not come to it.
	Note *ledger.Row
}

// Noted yields the rows of the roster with what became of each in a run.
func (i *Import) Noted(ctx context.Context, book *ledger.Ledger, run ledger.PastRun) iter.Seq2[Noted, error] {
	return func(yield func(Noted, error) bool) {
		notes := newCursor(book.Rows(ctx, run), rowOf)
		defer notes.stop()
		for row, err := range i.Checked(ctx) {
			note, ok, noteErr := notes.at(row.Number)
			if err = errors.Join(err, noteErr); err != nil {
				yield(Noted{}, err)
				return
			}
			noted := Noted{Checked: row}
			if ok {
				noted.Note = &note
			}
			if !yield(noted, nil) {
				return
			}
		}
	}
}

// Count counts a fault in its group.
func (r *Reading) Count(fault roster.Fault) { r.add(fault) }
