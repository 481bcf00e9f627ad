package bulk

import (
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Item is one row that waits to be created.
type Item struct {
	// Row is the ordinal of the row in its roster, from 1; Line is its place in the file.
	Row, Line int
	// Key is the value of the natural key.
	Key string
	// Record holds the values; they are valid.
	Record schema.Record
	// Doubt says that an earlier run sent this row and never learned what came of it.
	Doubt bool
}

// State is what became of a row.
type State string

// The states of a row in a report. Every row ends in exactly one.
const (
	// Created: the provider made the user for this row.
	Created State = "created"
	// Existing: the provider had the user already.
	Existing State = "existing"
	// Failed: the user was certainly not made.
	Failed State = "failed"
	// Unknown: a create was sent, and whether it made the user cannot be told.
	Unknown State = "unknown"
	// NotTried: the run ended before this row's turn.
	NotTried State = "not_tried"
)

// Outcome is what became of one item.
type Outcome struct {
	Item
	// State says which.
	State State
	// User is the user at the provider, where it is created or existing and the provider described it.
	User provider.User
	// Err says why a row failed or is unknown; nil otherwise. It wraps the
	// [*provider.Error] where there was one.
	Err error
	// Attempts is how often the create was tried in this run.
	Attempts int
	// Settled says that the row was in doubt and that look-ups have ended the
	// doubt: a created row's user was found, a failed row's was not.
	Settled bool
}
