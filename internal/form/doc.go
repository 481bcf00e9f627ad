// Package form asks a person at the terminal: for the fields of a user, for a
// confirmation, for a choice. It turns a table of fields into questions and
// the answers into a record, and it is the only package that uses huh.
//
// Questions are drawn on standard error and read from standard input, and only
// where both are terminals. Where the person needs lines instead of a drawing
// (a screen reader, a terminal without cursor movement), the same questions
// are asked one line after the other, without a single escape sequence.
//
// Whatever ends a form (an answer, Ctrl-C, the context, a signal), the terminal
// is left as it was found and the drawing is gone from it. A panic restores the
// terminal as well, and goes on.
package form
