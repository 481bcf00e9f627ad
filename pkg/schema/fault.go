package schema

import "strings"

// Cause says in which way a value is wrong. Faults of one cause are counted together.
type Cause string

// The causes of faults.
const (
	// Missing is a required field that is absent or empty.
	Missing Cause = "missing"
	// Unknown is a name that the provider does not document.
	Unknown Cause = "unknown field"
	// WrongType is a value of another JSON type than the documented one.
	WrongType Cause = "wrong type"
	// Malformed is a text that does not have the documented form.
	Malformed Cause = "malformed"
)

// Fault is one thing that is wrong with a record or a document.
type Fault struct {
	// Field is the documented name of the field, or the unknown name as it was given.
	Field string
	// Pointer is the place in a decoded document (RFC 6901), "" elsewhere.
	Pointer string
	// Cause says in which way the value is wrong.
	Cause Cause
	// Value is the text that was given. It is empty for secret fields.
	Value string
	// Message is a phrase without place and full stop: `email "x" is not an e-mail address`.
	Message string
	// Hint says what to do about it; it may be empty.
	Hint string
}

// Error gives the message, and the hint where there is one.
func (f *Fault) Error() string {
	if f.Hint == "" {
		return f.Message
	}
	return f.Message + " (" + f.Hint + ")"
}

// Faults are all the things wrong with one record, in table order.
type Faults []*Fault

// Error gives the faults, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Err gives the faults as an error, or nil where there is none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
