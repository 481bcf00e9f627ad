package xlsx

import "fmt"

// ErrorKind is why a file cannot be read. [Error] wraps it, so that errors.Is identifies it.
type ErrorKind string

// The reasons.
const (
	// NotWorkbook is a file of another kind.
	NotWorkbook ErrorKind = "not an XLSX workbook"
	// Encrypted is a workbook that a password protects.
	Encrypted ErrorKind = "encrypted workbook"
	// OtherFormat is a spreadsheet in another format than XLSX.
	OtherFormat ErrorKind = "spreadsheet in another format"
	// TooLarge is a part that exceeds a limit, such as a zip bomb's.
	TooLarge ErrorKind = "workbook too large"
	// Broken is a workbook whose parts contradict the format.
	Broken ErrorKind = "broken workbook"
)

// Error returns the reason.
func (r ErrorKind) Error() string { return string(r) }

// Error is why a workbook cannot be read.
type Error struct {
	Kind ErrorKind
	// Row and Column are the cell of the error, counted from 1, 0 for none.
	Row, Column int
	// Message is the problem, without the file and the cell.
	Message string
	// Hint is what to do about it; it may be empty.
	Hint string
	// Cause is the error of the archive or the file, nil if there is none.
	Cause error
}

// Error returns the cell, the message and the hint.
func (e *Error) Error() string {
	text := e.Message
	if e.Row > 0 && e.Column > 0 {
		text = CellName(e.Row, e.Column) + ": " + text
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}

// Unwrap returns the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

func broken(cause error, format string, args ...any) *Error {
	return &Error{
		Kind: Broken, Cause: cause, Message: fmt.Sprintf(format, args...),
		Hint: "open it in a spreadsheet program and save it again",
	}
}
