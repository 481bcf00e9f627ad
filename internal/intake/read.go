package intake

import (
	"context"
	"fmt"
	"iter"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Repeated is the cause of a fault of two rows with one natural key.
const Repeated schema.Cause = "same key twice"

// mostPlaces is how many places of one cause are kept.
const mostPlaces = 5

// Reading says what the first reading of a roster found.
type Reading struct {
	// Rows is the number of rows, and Faulty how many of them must not be sent.
	Rows, Faulty int
	// Faults is how many faults they have.
	Faults int
	// Groups are the faults by cause and field, in the order in which each was first seen.
	Groups []Group
}

// Group is all faults of one cause in one field.
type Group struct {
	Cause schema.Cause
	// Field is the documented name; empty where the row as a whole or an unknown field is at fault.
	Field string
	// Faults is how many there are.
	Faults int
	// First are the first of them, five at most.
	First []roster.Fault
}

// Read reads the whole roster, validates every row, and notes the rows in the
// plan. It fails where the file as a whole cannot be read.
func (i *Import) Read(ctx context.Context) (*Reading, error) {
	reading := &Reading{}
	for row, err := range aside(i.firstLook(ctx)) {
		if err != nil {
			return nil, err
		}
		reading.Rows++
		if len(row.faults) > 0 {
			i.faulty++
		}
		if err := i.Plan.Add(ctx, row.number, row.line, row.digest); err != nil {
			return nil, err
		}
		for _, fault := range row.faults {
			reading.add(fault)
		}
	}
	for duplicate, err := range i.Plan.Duplicates(ctx) {
		if err != nil {
			return nil, err
		}
		i.repeated++
		reading.add(i.repetition(duplicate))
	}
	var err error
	reading.Faulty, err = i.countFaulty(ctx)
	return reading, err
}

// look is what the first reading keeps of a row.
type look struct {
	number, line int
	digest       ledger.Digest
	faults       []roster.Fault
}

func (i *Import) firstLook(ctx context.Context) iter.Seq2[look, error] {
	return func(yield func(look, error) bool) {
		for row, err := range i.Roster.Rows(ctx) {
			if !yield(look{number: row.Number, line: row.Line, digest: i.digestOf(row), faults: row.Faults}, err) {
				return
			}
		}
	}
}

// countFaulty counts the rows that must not be sent, each once.
func (i *Import) countFaulty(ctx context.Context) (int, error) {
	if i.SkipInvalid || i.faulty == 0 || i.repeated == 0 { // no row can be both
		return i.faulty + i.repeated, nil
	}
	rows := 0
	for m, err := range i.members(ctx) {
		if err != nil {
			return 0, err
		}
		if m.isFaulty() {
			rows++
		}
	}
	return rows, nil
}

// digestOf gives the digest by which a row is compared with the others, and
// none where that makes no sense: a key that is at fault is nobody's. A row
// that is skipped for its faults does not stand in the way of a later one with
// the same key.
func (i *Import) digestOf(row roster.Row) ledger.Digest {
	for _, fault := range row.Faults {
		if i.SkipInvalid || fault.Field == i.Adapter.Key || fault.Field == "" {
			return ledger.Digest{}
		}
	}
	return i.Digest(row.Record) // zero where there is no key
}

// add counts a fault in its group.
func (r *Reading) add(fault roster.Fault) {
	r.Faults++
	field := fault.Field
	if fault.Cause == schema.Unknown {
		field = "" // there may be as many unknown fields as there are rows
	}
	for n := range r.Groups {
		if group := &r.Groups[n]; group.Cause == fault.Cause && group.Field == field {
			group.Faults++
			if len(group.First) < mostPlaces {
				group.First = append(group.First, fault)
			}
			return
		}
	}
	r.Groups = append(r.Groups, Group{Cause: fault.Cause, Field: field, Faults: 1, First: []roster.Fault{fault}})
}

// Faults yields every fault, in the order of the roster.
func (i *Import) Faults(ctx context.Context) iter.Seq2[roster.Fault, error] {
	return func(yield func(roster.Fault, error) bool) {
		for m, err := range i.members(ctx) {
			if err != nil {
				yield(roster.Fault{}, err)
				return
			}
			for _, fault := range i.faultsOf(m) {
				if !yield(fault, nil) {
					return
				}
			}
		}
	}
}

// faultsOf gives all that is wrong with a row, its repeated key included.
func (i *Import) faultsOf(m member) []roster.Fault {
	if m.firstLine == 0 {
		return m.Faults
	}
	return append(m.Faults, i.repetition(ledger.Duplicate{Row: m.Number, Line: m.Line, FirstLine: m.firstLine}))
}

func (i *Import) repetition(duplicate ledger.Duplicate) roster.Fault {
	description := i.Roster.Description()
	return roster.Fault{
		Place: roster.Place{File: description.File, Sheet: description.Sheet, Row: duplicate.Row, Line: duplicate.Line},
		Fault: &schema.Fault{
			Field: i.Adapter.Key, Cause: Repeated,
			Message: fmt.Sprintf("%s is the same as on line %d", i.Adapter.Key, duplicate.FirstLine),
			Hint:    "keep one of the two",
		},
	}
}
