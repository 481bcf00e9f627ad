package report

import (
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/term"
)

// Line is what became of one row.
type Line struct {
	// Line is the row's place in the roster.
	Line int `json:"line"`
	// Status is the [rowstate.State] of the row.
	Status string `json:"status"`
	// ID is the provider's id, where it is known.
	ID string `json:"id"`
	// Key is the value of the natural key.
	Key string `json:"key"`
	// Class is the word for the class of the error; empty where nothing failed.
	Class string `json:"class"`
	// Error says why the row failed or is unknown.
	Error string `json:"error"`
	// Hint says what to do about it.
	Hint string `json:"hint"`
	// NotStored names the fields that the provider did not store as they were sent.
	NotStored []string `json:"not_stored,omitempty"`
}

// shown gives the line with texts that cannot drive the terminal or the page
// that shows them.
func (l Line) shown() Line {
	for _, text := range []*string{&l.ID, &l.Key, &l.Error, &l.Hint} {
		*text = term.Sanitize(*text)
	}
	return l
}

// isWrong reports whether the row of a line was not done, or perhaps not.
func isWrong(status string) bool {
	kind := rowstate.State(status).Kind()
	return kind == rowstate.Bad || kind == rowstate.InDoubt
}

// Sink takes the lines of an import, in the order of the roster.
type Sink interface {
	// Add takes the next line.
	Add(Line) error
	// Close completes the output.
	Close() error
}
