package schema

import "strings"

// Cause is the way in which a value is wrong. Errors with one cause are counted together.
type Cause string

// The causes of validation errors.
const (
	// Missing is a required field that is absent or empty.
	Missing Cause = "missing"
	// Unknown is a name that the provider does not document.
	Unknown Cause = "unknown field"
	// WrongType is a value of another JSON type than the documented one.
	WrongType Cause = "wrong type"
	// Malformed is a text that does not have the documented format.
	Malformed Cause = "malformed"
)

// FieldError is one validation error in a record or a document.
type FieldError struct {
	// Field is the documented name of the field, or the unknown name as it was given.
	Field string
	// Pointer is the place in a decoded document (RFC 6901), "" elsewhere.
	Pointer string
	// Cause is the way in which the value is wrong.
	Cause Cause
	// Value is the given text. It is empty for secret fields.
	Value string
	// Message is a phrase without place and full stop: `email "x" is not an email address`.
	Message string
	// Hint is what to do about it; it may be empty.
	Hint string
}

// Error returns the message, and the hint if there is one.
func (f *FieldError) Error() string {
	if f.Hint == "" {
		return f.Message
	}
	return f.Message + " (" + f.Hint + ")"
}

// FieldErrors are all validation errors of one record, in table order.
type FieldErrors []*FieldError

// Error returns the validation errors, one a line.
func (f FieldErrors) Error() string {
	lines := make([]string, len(f))
	for i, fieldErr := range f {
		lines[i] = fieldErr.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the validation errors as an error, or nil if there is none.
func (f FieldErrors) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
