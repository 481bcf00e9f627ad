package roster

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Kind is why a whole file cannot be read. [Error] wraps it, so that errors.Is(err, roster.Changed) identifies
// it.
type Kind string

// The reasons why a file cannot be read.
const (
	// Unreadable is a file that is missing, may not be read, or whose reading failed.
	Unreadable Kind = "unreadable"
	// Directory is a directory instead of a file.
	Directory Kind = "folder"
	// Empty is an empty file.
	Empty Kind = "empty"
	// NoRows is a file that contains a header or a list, but no user.
	NoRows Kind = "no rows"
	// Changed is a file that was changed while it was read.
	Changed Kind = "changed"
	// WrongFormat is a file whose content contradicts its extension or an option, or that is not a roster.
	WrongFormat Kind = "wrong format"
	// Encrypted is a workbook that a password protects.
	Encrypted Kind = "encrypted"
	// WrongEncoding is a text with bytes that its encoding does not have.
	WrongEncoding Kind = "wrong encoding"
	// UnknownEncoding is a text whose encoding is a guess that was not confirmed.
	UnknownEncoding Kind = "unknown encoding"
	// NoHeaderRow is a table whose header seems to be in another row or another worksheet.
	NoHeaderRow Kind = "no header"
	// Syntax is a text that breaks the rules of its format.
	Syntax Kind = "syntax"
	// TooLarge is a cell, a value or a part of the file that exceeds a limit.
	TooLarge Kind = "too large"
	// NoSheet is a worksheet that the workbook does not have.
	NoSheet Kind = "no such sheet"
	// BadOption is an invalid option.
	BadOption Kind = "bad option"
	// Many is a roster with several users instead of one.
	Many Kind = "many users"
)

// Error returns the reason.
func (r Kind) Error() string { return string(r) }

// Error is an error in a file as a whole. It ends the reading.
type Error struct {
	// Kind is the kind of error.
	Kind Kind
	// File is the name of the source.
	File string
	// Sheet is the worksheet, "" for other formats.
	Sheet string
	// Line and Column are the place, both counted from 1, the column in characters; for a worksheet they
	// are the row and the column of the cell. 0 means the whole file.
	Line, Column int
	// Message is the problem, without the place.
	Message string
	// Hint is what to do about it; it may be empty.
	Hint string
	// Readings are the flags for the likely encodings of the file, each with texts of the file in that encoding:
	// `--encoding windows-1250: "Łukasz"`. They are empty for other reasons.
	Readings []string
	// Flags are the flags with which the file can probably be read, each quoted for a shell.
	Flags []string
	// Cause is the cause, nil if there is none.
	Cause error
}

// Error returns the place, the message and the hint.
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

// Unwrap returns the reason and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// unreadable returns an error of the operating system as an [Error].
func unreadable(file string, cause error) *Error {
	e := &Error{Kind: Unreadable, File: file, Cause: cause, Message: "could not read: " + bare(cause)}
	switch {
	case errors.Is(cause, fs.ErrNotExist):
		e.Message = "file not found"
	case errors.Is(cause, fs.ErrPermission):
		e.Message, e.Hint = "permission denied", "request the permission from its owner, or copy it"
	}
	return e
}

// bare returns an error of the operating system without the file's name, which precedes it already.
func bare(err error) string {
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		return inPath.Err.Error()
	}
	return err.Error()
}

// The causes of validation errors in addition to those of package schema.
const (
	// WrongCells is a row with more or fewer cells than the header.
	WrongCells schema.Cause = "wrong number of cells"
	// Unparsable is a row that breaks the rules of the format.
	Unparsable schema.Cause = "not parsable"
	// LargeCell is a cell or a value that exceeds the limit.
	LargeCell schema.Cause = "too large"
	// FailedCell is a cell whose formula has an error or no result.
	FailedCell schema.Cause = "failed formula"
	// Twice is a field, a column or a key that is specified more than once.
	Twice schema.Cause = "duplicate"
	// Mismatch is a row whose lists for the properties of one field differ in length.
	Mismatch schema.Cause = "lists of different length"
	// NotUser is a row that is not a user: totals, or a note below the table.
	NotUser schema.Cause = "not a user"
	// NoColumn is a required field without a column.
	NoColumn schema.Cause = "no column"
	// NoHeader is a column with values but without a header.
	NoHeader schema.Cause = "no header"
)

// RowError is a validation error in a row or a header, with its place.
type RowError struct {
	Place
	// FieldError is the error. It contains no secret value.
	*schema.FieldError
}

// Error returns the place, the header, the message and the hint: `people.csv:17:3 (Mail): email "x" is not an
// email address (for example name@example.com)`.
func (f RowError) Error() string { return f.Place.String() + ": " + f.FieldError.Error() }

// Unwrap returns the error without its place.
func (f RowError) Unwrap() error { return f.FieldError }

// RowErrors are all validation errors in a header, or in a document.
type RowErrors []RowError

// Error returns the errors, one a line.
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
				lines = append(lines, fmt.Sprintf("%s: %d unknown columns: %s", Place{File: rowErr.File, Sheet: rowErr.Sheet, Line: rowErr.Line}, len(unknown), someOf(unknown)))
				unknown = nil
			}
			continue
		}
		lines = append(lines, rowErr.Error())
	}
	return strings.Join(lines, "\n")
}

// mostUnknown is the maximum number of unknown columns that an error lists.
const mostUnknown = 8

// Unknown returns the headers of the unknown columns.
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

// Err returns the faults as an error, or nil if there are none.
func (f RowErrors) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
