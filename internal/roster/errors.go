package roster

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Kind says in which way a whole file cannot be read. It is what [Error]
// wraps, so errors.Is(err, roster.Changed) tells the reasons apart.
type Kind string

// The reasons why a file cannot be read.
const (
	// Unreadable is a file that is missing, that may not be read, or whose reading failed.
	Unreadable Kind = "unreadable"
	// Directory is a folder instead of a file.
	Directory Kind = "folder"
	// Empty is a file that holds nothing.
	Empty Kind = "empty"
	// NoRows is a file that holds a header or a list, and no person.
	NoRows Kind = "no rows"
	// Changed is a file that was changed while it was read.
	Changed Kind = "changed"
	// WrongFormat is a file whose content is not what its ending or an option says, or that is no roster.
	WrongFormat Kind = "wrong format"
	// Encrypted is a workbook that a password protects.
	Encrypted Kind = "encrypted"
	// WrongEncoding is a text with bytes or characters that it cannot hold.
	WrongEncoding Kind = "wrong encoding"
	// UnknownEncoding is a text whose encoding is a guess that was not confirmed.
	UnknownEncoding Kind = "unknown encoding"
	// NoHeaderRow is a table whose header seems to be in another row or another worksheet.
	NoHeaderRow Kind = "no header"
	// Syntax is a text that breaks the rules of its format.
	Syntax Kind = "syntax"
	// TooLarge is a cell, a value or a part of the file beyond what is read.
	TooLarge Kind = "too large"
	// NoSheet is a worksheet that the workbook does not have.
	NoSheet Kind = "no such sheet"
	// BadOption is an option that cannot be followed.
	BadOption Kind = "bad option"
	// Many is a roster where one user is asked for.
	Many Kind = "many users"
)

// Error gives the reason as an error's text.
func (r Kind) Error() string { return string(r) }

// Error is what is wrong with a file as a whole. It ends the reading.
type Error struct {
	// Kind is the kind of error.
	Kind Kind
	// File is the name that the source was given.
	File string
	// Sheet is the worksheet, "" elsewhere.
	Sheet string
	// Line and Column are the place, both counted from 1, the column in characters; for a worksheet they
	// are the row and the column of the cell. 0 means the whole file.
	Line, Column int
	// Message says what happened: a phrase without the place.
	Message string
	// Hint says what to do about it; it may be empty.
	Hint string
	// Readings are the flags for the likely encodings of the file, each with what texts of the file are in
	// it: `--encoding windows-1250: "Łukasz"`. None are there for other reasons.
	Readings []string
	// Flags are the flags with which the file is likely to be read, each set as a shell takes it.
	Flags []string
	// Cause is the error below, nil where there is none.
	Cause error
}

// Error gives the place, the message and the hint.
func (e *Error) Error() string {
	text := Place{File: e.File, Sheet: e.Sheet, Line: e.Line, Column: e.Column}.String() + ": " + e.Message
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	for _, reading := range e.Readings {
		text += "\n  " + reading
	}
	return text
}

// Unwrap gives the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// unreadable words a failure of the operating system.
func unreadable(file string, cause error) *Error {
	e := &Error{Kind: Unreadable, File: file, Cause: cause, Message: "cannot be read: " + bare(cause)}
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		e.Message = "no such file"
	case errors.Is(cause, fs.ErrPermission):
		e.Message, e.Hint = "may not be read", "ask its owner for the permission, or copy it"
	}
	return e
}

// bare is a failure of the operating system without the file's name, which
// stands in front already.
func bare(err error) string {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return inPath.Err.Error()
	}
	return err.Error()
}

// The causes of faults beside those of package schema.
const (
	// WrongCells is a row with more or fewer cells than the header.
	WrongCells schema.Cause = "wrong number of cells"
	// Unparsable is a row that breaks the rules of the format.
	Unparsable schema.Cause = "not parsable"
	// LargeCell is a cell or a value beyond the limit.
	LargeCell schema.Cause = "too large"
	// FailedCell is a cell whose formula gave an error or no result.
	FailedCell schema.Cause = "failed formula"
	// Twice is a field, a column or a key that is given more than once.
	Twice schema.Cause = "given twice"
	// Mismatch is a row whose lists for the members of one field differ in length.
	Mismatch schema.Cause = "lists of different length"
	// NotUser is a row that is no user: totals, or a note below the table.
	NotUser schema.Cause = "not a user"
	// NoColumn is a required field that no column gives.
	NoColumn schema.Cause = "no column"
	// NoHeader is a column with values and without a header.
	NoHeader schema.Cause = "no header"
)

// RowError is one thing that is wrong with a row or a header, with its place.
type RowError struct {
	Place
	// Fault is what is wrong. It holds nothing of a secret value.
	*schema.FieldError
}

// Error gives the place, the header, the message and the hint:
// `people.csv:17:3 (E-mail): email "x" is not an e-mail address (for example name@example.com)`.
func (f RowError) Error() string { return f.Place.String() + ": " + f.FieldError.Error() }

// Unwrap gives the fault without its place.
func (f RowError) Unwrap() error { return f.FieldError }

// RowErrors are all the things that are wrong with a header, or with a document.
type RowErrors []RowError

// Error gives the faults, one a line.
func (f RowErrors) Error() string {
	unknown := f.Unknown()
	shown := len(unknown)
	if shown > mostUnknown {
		shown = 0
	}
	var lines []string
	for _, rowErr := range f {
		if shown == 0 && isUnknownColumn(rowErr) {
			if len(unknown) > 0 {
				lines = append(lines, fmt.Sprintf("%s: %d columns match no field: %s", Place{File: rowErr.File, Sheet: rowErr.Sheet, Line: rowErr.Line}, len(unknown), someOf(unknown)))
				unknown = nil
			}
			continue
		}
		lines = append(lines, rowErr.Error())
	}
	return strings.Join(lines, "\n")
}

// mostUnknown is the number of columns that match no field which an error names one by one.
const mostUnknown = 8

// Unknown lists the headers of the columns that match no field.
func (f RowErrors) Unknown() []string {
	var headers []string
	for _, rowErr := range f {
		if isUnknownColumn(rowErr) {
			headers = append(headers, rowErr.Header)
		}
	}
	return headers
}

func isUnknownColumn(rowErr RowError) bool {
	return rowErr.Cause == schema.Unknown && rowErr.Header != ""
}

// Err gives the faults as an error, or nil where there is none.
func (f RowErrors) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
