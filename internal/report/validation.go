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
func ValidationErrorOf(fault roster.RowError) ValidationError {
	return ValidationError{
		File: fault.File, Line: fault.Line, Column: fault.Column, Cell: fault.Cell(), Header: fault.Header,
		Field: fault.Field, Cause: string(fault.Cause), Value: fault.Value, Message: fault.Message, Hint: fault.Hint,
	}
}

// ValidationErrorsOf returns the validation errors of which an error consists, none
// if it is another error. Those of flags have no place.
func ValidationErrorsOf(err error) []ValidationError {
	var list []ValidationError
	if faults, ok := errors.AsType[roster.RowErrors](err); ok {
		for _, fault := range faults {
			list = append(list, ValidationErrorOf(fault))
		}
	} else if faults, ok := errors.AsType[schema.FieldErrors](err); ok {
		for _, fault := range faults {
			list = append(list, ValidationErrorOf(roster.RowError{FieldError: fault}))
		}
	}
	return list
}
