package report

import (
	"errors"

	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// ValidationError is a value that breaks the documented rules, for programs.
type ValidationError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Cell    string `json:"cell,omitempty"`
	Header  string `json:"header"`
	Field   string `json:"field"`
	Cause   string `json:"cause"`
	Value   string `json:"value"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// ValidationErrorOf returns a fault of a roster for programs.
func ValidationErrorOf(rowErr roster.RowError) ValidationError {
	return ValidationError{
		File: rowErr.File, Line: rowErr.Line, Column: rowErr.Column, Cell: rowErr.Cell(), Header: rowErr.Header,
		Field: rowErr.Field, Cause: string(rowErr.Cause), Value: rowErr.Value, Message: rowErr.Message, Hint: rowErr.Hint,
	}
}

// ValidationErrorsOf returns the validation errors of which an error consists, none
// if it is another error. Those of flags have no place.
func ValidationErrorsOf(err error) []ValidationError {
	var list []ValidationError
	if rowErrs, ok := errors.AsType[roster.RowErrors](err); ok {
		for _, rowErr := range rowErrs {
			list = append(list, ValidationErrorOf(rowErr))
		}
	} else if fieldErrs, ok := errors.AsType[schema.FieldErrors](err); ok {
		for _, fieldErr := range fieldErrs {
			list = append(list, ValidationErrorOf(roster.RowError{FieldError: fieldErr}))
		}
	}
	return list
}
