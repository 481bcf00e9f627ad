// Package form prompts for input on the terminal: for the fields of a user, for a choice. It
// converts a table of fields into questions and the answers into a record, and it is the only package that uses huh.
//
// Questions are written to standard error and read from standard input, and only if both are terminals. If the user
// needs lines instead of a drawing (a screen reader, a terminal without cursor movement), the same questions are asked
// one line after the other, without escape sequences.
//
// However a form ends (an answer, Ctrl-C, the context, a signal), the terminal is restored and the drawing removed. A
// panic restores the terminal as well, and continues.
//
// huh draws the widgets, pages, titles, errors and keys. These parts are our own, because
// of how huh v1.0.0 works; each has its reason:
//
//   - [screen] moves between fields: huh moves by a message to itself, and keys that
//     arrive before it go to the field that was left (TestKeysGoToTheFieldThatTheyAreMeantFor).
//   - [screen.finish] ends a form from every field: huh has no key for that, and would ask
//     for the fields of all pages.
//   - [screen.layOut] measures pages: huh cuts off the help of a field that is longer
//     than that of the first one (TestHelpDoesNotPushFieldsOut, TestFormFitsTheTerminal).
//   - [field] shows help only at the field with the focus: all of it at once leaves room
//     for four fields instead of six in 24 lines.
//   - [keyboard] ends at the end of the input, where bubbletea waits for ever.
//   - newTheme uses a renderer for standard error, because huh's themes use standard
//     output, and marks the focus without colours as well.
//   - lines asks without a drawing: huh's accessible mode asks hidden groups, accepts
//     the end of the input as an answer, and reads no password without echo.
package form
