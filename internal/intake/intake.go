package intake

import (
	"context"
	"errors"
	"iter"

	"github.com/bring-aboard/usher/internal/credentials"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Import is one roster on its way into one target. Its methods are called in
// the order Read, AskProvider, Resolve, Send, Lines.
type Import struct {
	// Adapter knows the provider.
	Adapter provider.Adapter
	// Roster is what is imported.
	Roster *roster.Roster
	// Plan compares the rows with each other and with what is known.
	Plan *ledger.Plan
	// Digest names a person in the ledger.
	Digest func(schema.Record) ledger.Digest
	// Passwords derives the passwords of rows that have none; nil where none are generated.
	Passwords *credentials.Source
	// SkipInvalid has rows with faults counted as failed, and the others sent.
	SkipInvalid bool
}

// member is a row of the roster with everything that the plan knows of it.
type member struct {
	roster.Row
	finding ledger.Finding
	// firstLine is the line of an earlier row with the same key; 0 for none.
	firstLine int
}

// isFaulty tells whether the row must not be sent.
func (m member) isFaulty() bool { return len(m.Faults) > 0 || m.firstLine > 0 }

// errDrift says that the roster and its plan do not belong together.
var errDrift = errors.New("the roster was read differently the second time")

// members yields the rows of the roster with what the plan says of each.
func (i *Import) members(ctx context.Context) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		plan, stopPlan := iter.Pull2(i.Plan.Rows(ctx))
		defer stopPlan()
		duplicates, stopDuplicates := iter.Pull2(i.Plan.Duplicates(ctx))
		defer stopDuplicates()
		duplicate, err, more := duplicates()
		for row, rowErr := range i.Roster.Rows(ctx) {
			m := member{Row: row}
			planned, planErr, ok := plan()
			if err = errors.Join(err, rowErr, planErr); err == nil && (!ok || planned.Row != row.Number) {
				err = errDrift
			}
			if err != nil {
				yield(member{}, err)
				return
			}
			m.finding = planned.Finding
			if more && duplicate.Row == row.Number {
				m.firstLine = duplicate.FirstLine
				duplicate, err, more = duplicates()
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

// keyOf gives the value of the natural key.
func (i *Import) keyOf(record schema.Record) string { return record.Text(i.Adapter.Key) }
