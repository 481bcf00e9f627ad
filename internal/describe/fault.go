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
func (f Error) Error() string { return fmt.Sprintf("%d:%d: %s", f.Line, f.Column, f.Problem) }

// Errors are all errors of a description, in the order of their places.
type Errors []Error

// Error returns one line for each error.
func (f Errors) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// In returns the errors with the name of their file before each.
func (f Errors) In(file string) string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = file + ":" + fault.Error()
	}
	return strings.Join(lines, "\n")
}

// unknown returns the error of a word that is not among the known ones.
func unknown(what, word string, known []string) error {
	return fmt.Errorf("unknown %s %q%s", what, schema.Shorten(word, 40), schema.Suggestion(word, known))
}
