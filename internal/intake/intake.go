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
// the order Read, Resolve, AskProvider and Resolve again, RecordKnown, Send,
// Lines. It is for one goroutine.
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

	faulty   int    // rows with faults, not counting those whose key stands in an earlier row
	repeated int    // rows whose key stands in an earlier row
	counts   Counts // as last resolved
	listed   bool   // the provider's list was read
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

// members yields the rows of the roster with what the plan says of each. They are
// those of the first reading: the roster fails where its file was changed since.
func (i *Import) members(ctx context.Context) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		findings := newCursor(i.Plan.Findings(ctx), func(row ledger.PlanRow) int { return row.Row })
		defer findings.stop()
		repeated := i.repetitions(ctx)
		defer repeated.stop()
		for row, err := range i.Roster.Rows(ctx) {
			planned, _, planErr := findings.at(row.Number)
			duplicate, _, duplicateErr := repeated.at(row.Number)
			if err = errors.Join(err, planErr, duplicateErr); err != nil {
				yield(member{}, err)
				return
			}
			if !yield(member{Row: row, finding: planned.Finding, firstLine: duplicate.FirstLine}, nil) {
				return
			}
		}
	}
}

// repetitions walks through the rows whose key stands in an earlier one.
func (i *Import) repetitions(ctx context.Context) *cursor[ledger.Duplicate] {
	if i.repeated == 0 { // to look for them costs a walk over all rows
		return none[ledger.Duplicate]()
	}
	return newCursor(i.Plan.Duplicates(ctx), func(d ledger.Duplicate) int { return d.Row })
}

// keyOf gives the value of the natural key.
func (i *Import) keyOf(record schema.Record) string { return record.Text(i.Adapter.Key) }
