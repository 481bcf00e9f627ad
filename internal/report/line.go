package report

import (
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/term"
)

// Line is the result of one row.
type Line struct {
	// Profile is the profile of the row's run; empty if all rows have the same.
	Profile string `json:"profile,omitempty"`
	// Line is the line of the row in the roster.
	Line int `json:"line"`
	// State is the [rowstate.State] of the row.
	State string `json:"state"`
	// ID is the provider's id, "" if it is not known.
	ID string `json:"id"`
	// Key is the value of the natural key.
	Key string `json:"key"`
	// Group is the provider's id of the group of a membership; empty for every other row.
	Group string `json:"group,omitempty"`
	// Class is the class of the error, "" for none.
	Class string `json:"class"`
	// Error is the error of a failed or unknown row.
	Error string `json:"error"`
	// Hint is the way to fix it.
	Hint string `json:"hint"`
	// NotStored are the names of the fields that the provider did not store as sent.
	NotStored []string `json:"not_stored,omitempty"`
}

// shown returns the line with texts that cannot control a terminal or a page.
func (l Line) shown() Line {
	for _, text := range []*string{&l.ID, &l.Key, &l.Group, &l.Error, &l.Hint} {
		*text = term.Sanitize(*text)
	}
	return l
}

// isWrong reports whether a row failed or is unknown.
func isWrong(state string) bool {
	kind := rowstate.State(state).Kind()
	return kind == rowstate.Bad || kind == rowstate.InDoubt
}

// Sink is an output of the results of a run. Lines are added in the order of the roster.
type Sink interface {
	// Add writes the next line.
	Add(Line) error
	// Close completes the output.
	Close() error
}
