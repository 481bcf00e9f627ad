package describe

import (
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Error is one error in a description. It repeats words of the format alone.
type Error struct {
	// Line and Column count from 1.
	Line, Column int
	// Problem is a phrase without a full stop.
	Problem string
}

// Error returns "LINE:COLUMN: problem".
func (e Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Problem) }

// Errors are all errors of a description, in the order of their places.
type Errors []Error

// Error returns one line for each error.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// In returns the errors with the name of their file before each.
func (e Errors) In(file string) string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = file + ":" + one.Error()
	}
	return strings.Join(lines, "\n")
}

// unknown returns the error of a word that is not among the known ones.
func unknown(what, word string, known []string) error {
	return fmt.Errorf("unknown %s %q%s", what, schema.Shorten(word, 40), schema.Suggestion(word, known))
}
