package intake

import (
	"context"
	"fmt"
	"iter"
	"slices"

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
	Rows, Invalid int
	// Errors is how many faults they have.
	Errors int
	// Passwords is how many rows bring a password.
	Passwords int
	// Groups are the faults by cause and field, in the order in which each was first seen.
	Groups []Group
}

// Group is all faults of one cause in one field.
type Group struct {
	Cause schema.Cause
	// Field is the documented name; empty where the row as a whole or an unknown field is at fault.
	Field string
	// Errors is how many there are.
	Errors int
	// First are the first of them, five at most.
	First []roster.RowError
}

// Read reads the whole roster, validates every row, and keeps the rows in the plan.
// It fails where the file as a whole cannot be read.
func (i *Import) Read(ctx context.Context) (*Reading, error) {
	i.storage = newStorage(i.Adapter.Table, i.Plan.Scratch())
	reading, passwords := &Reading{}, i.Adapter.Table.Passwords().Names()
	for row, err := range i.Roster.Rows(ctx) {
		if err == nil {
			err = i.add(ctx, row)
		}
		if err != nil {
			return nil, err
		}
		reading.Rows++
		if slices.ContainsFunc(passwords, func(name string) bool { return !row.Record.IsEmpty(name) }) {
			reading.Passwords++
		}
		for _, rowErr := range row.Errors {
			reading.Count(rowErr)
		}
	}
	for duplicate, err := range i.Plan.Duplicates(ctx) {
		if err != nil {
			return nil, err
		}
		reading.Count(i.repetition(duplicate))
	}
	reading.Invalid = i.Plan.Refused()
	return reading, nil
}

// keysOf gives the digests by which a row is compared with the others, and
// none where that makes no sense: a key that is at fault is nobody's. A row
// that is skipped for its faults does not stand in the way of a later one with
// the same key.
func (i *Import) keysOf(row roster.Row) ledger.KeyDigests {
	for _, rowErr := range row.Errors {
		if i.SkipInvalid || rowErr.Field == i.Adapter.Key || rowErr.Field == "" {
			return ledger.KeyDigests{}
		}
	}
	return i.Keys(row.Record) // zero where there is no key
}

// Count counts a fault in its group.
func (r *Reading) Count(rowErr roster.RowError) {
	r.Errors++
	field := rowErr.Field
	if rowErr.Cause == schema.Unknown {
		field = "" // there may be as many unknown fields as there are rows
	}
	for n := range r.Groups {
		if group := &r.Groups[n]; group.Cause == rowErr.Cause && group.Field == field {
			group.Errors++
			if len(group.First) < mostPlaces {
				group.First = append(group.First, rowErr)
			}
			return
		}
	}
	r.Groups = append(r.Groups, Group{Cause: rowErr.Cause, Field: field, Errors: 1, First: []roster.RowError{rowErr}})
}

// RowErrors yields every fault, in the order of the roster.
func (i *Import) RowErrors(ctx context.Context) iter.Seq2[roster.RowError, error] {
	return func(yield func(roster.RowError, error) bool) {
		for row, err := range i.Rows(ctx, ledger.Selection{Invalid: true}) {
			if err != nil {
				yield(roster.RowError{}, err)
				return
			}
			for _, rowErr := range row.Errors {
				if !yield(rowErr, nil) {
					return
				}
			}
		}
	}
}

func (i *Import) repetition(duplicate ledger.Duplicate) roster.RowError {
	description := i.Roster.Description()
	return roster.RowError{
		Place: roster.Place{File: description.File, Sheet: description.Sheet, Row: duplicate.Row, Line: duplicate.Line},
		FieldError: &schema.FieldError{
			Field: i.Adapter.Key, Cause: Repeated,
			Message: fmt.Sprintf("%s is the same as on line %d", i.Adapter.Key, duplicate.FirstLine),
			Hint:    "keep one of the two",
		},
	}
}
