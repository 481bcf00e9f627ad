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
//
// huh draws the widgets, pages, titles, errors and keys. These parts are ours,
// because of what huh v1.0.0 does as it comes; the reason is beside each:
//
//   - [screen] moves between fields: huh moves by a message to itself, and keys that
//     arrive before it go to the field that was left (TestKeysGoToTheFieldThatTheyAreMeantFor).
//   - [screen.layOut] measures pages: huh cuts the help of a field off that is longer
//     than that of the first one (TestHelpDoesNotPushFieldsOut, TestFormFitsTheTerminal).
//   - [field] shows help only at the field where the person is: all of it at once
//     leaves room for four fields instead of six in 24 lines.
//   - [keyboard] ends at the end of the input, where bubbletea waits for ever.
//   - newTheme uses a renderer for standard error, where huh's themes look at standard
//     output, and marks the focus without colours as well.
//   - lines asks without a drawing: huh's accessible mode asks hidden groups, accepts
//     the end of the input as an answer, and reads no password without echo.
package form
