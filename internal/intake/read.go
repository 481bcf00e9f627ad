package intake

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Repeated is the cause of a validation error of two rows with one natural key.
const Repeated schema.Cause = "duplicate key"

// mostPlaces is the maximum number of places stored per cause.
const mostPlaces = 5

// Reading is the result of the first reading of a roster.
type Reading struct {
	// Rows is the number of rows, and Faulty how many of them must not be sent.
	Rows, Invalid int
	// Errors is the number of their validation errors.
	Errors int
	// Passwords is the number of rows with a password.
	Passwords int
	// Memberships is the number of rows with a value in the column of the import's groups.
	Memberships int
	// Groups are the validation errors by cause and field, in the order of their first occurrence.
	Groups []Group
}

// Group is all validation errors of one cause in one field.
type Group struct {
	Cause schema.Cause
	// Field is the documented name; empty if the error is about the whole row or an unknown field.
	Field string
	// Errors is the number of errors.
	Errors int
	// First are the first errors, at most five.
	First []roster.RowError
}

// Read reads the whole roster, validates every row, and stores the rows in the plan. It returns an error if the
// file as a whole cannot be read.
func (i *Import) Read(ctx context.Context) (*Reading, error) {
	table := i.Adapter.Table
	if i.Groups != nil {
		table = append(slices.Clone(table), *i.Groups)
	}
	i.storage = newStorage(table, i.Plan.Scratch())
	if i.Generated != nil {
		if err := i.Generated.begin(ctx, i.Plan.Scratch()); err != nil {
			return nil, err
		}
	}
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
		if i.Groups != nil && row.Record[i.Groups.Name] != nil {
			reading.Memberships++
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

// keysOf returns the digests by which a row is compared with the others. It returns none if the key is invalid, or
// if the row is skipped for its validation errors, so that a later row with the same key is not a duplicate.
func (i *Import) keysOf(row roster.Row) ledger.KeyDigests {
	for _, rowErr := range row.Errors {
		if i.SkipInvalid || rowErr.Field == i.Adapter.Key || rowErr.Field == "" {
			return ledger.KeyDigests{}
		}
	}
	return i.Keys(row.Record) // zero if there is no key
}

// Count counts an error in its group.
func (r *Reading) Count(rowErr roster.RowError) {
	r.Errors++
	field := rowErr.Field
	if rowErr.Cause == schema.Unknown {
		field = "" // each row may have another unknown field
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

// RowErrors yields every validation error, in the order of the roster.
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
	description, field := i.Roster.Description(), i.Adapter.Key
	if i.Generated != nil {
		field = strings.Join(i.Generated.Columns, ", ")
	}
	return roster.RowError{
		Place: roster.Place{File: description.File, Sheet: description.Sheet, Row: duplicate.Row, Line: duplicate.Line},
		FieldError: &schema.FieldError{
			Field: field, Cause: Repeated,
			Message: fmt.Sprintf("duplicate %s: first on line %d", field, duplicate.FirstLine),
			Hint:    "remove one of the rows",
		},
	}
}
