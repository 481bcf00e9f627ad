// Package failure defines the error of a command, with the program's exit status and
// the next steps.
package failure

import (
	"errors"
	"slices"
	"strings"
)

// The exit statuses of the program.
const (
	// StatusOK: all of it worked.
	StatusOK = 0
	// StatusFailed: it failed.
	StatusFailed = 1
	// StatusRefused: refused before anything was sent.
	StatusRefused = 2
	// StatusPartial: an import finished and some rows were not created.
	StatusPartial = 3
	// StatusDenied: the provider denied the credentials.
	StatusDenied = 4
	// StatusUnknown: the outcome of at least one create is unknown.
	StatusUnknown = 5
	// StatusInterrupted: interrupted by the administrator.
	StatusInterrupted = 130
)

// Error is an error with the program's exit status and the next steps.
type Error struct {
	// Status is the exit status.
	Status int
	// Class is the class of [provider.Class] if Err has no class; "" for none.
	Class string
	// Err is what happened and where.
	Err error
	// Next lists what to do: commands that can be pasted, imperative phrases if no
	// command helps, and before either of them a [Note]. An [Again] is the command itself.
	Next []string
	// Shown reports that the result was printed already and the error is not printed.
	Shown bool
}

// Error returns what happened.
func (f *Error) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Error) Unwrap() error { return f.Err }

const notePrefix = "note: "

// Note returns an element of the next steps that explains the one after it.
func Note(text string) string { return notePrefix + text }

// CutNote returns the text of a [Note]; ok is false for a step.
func CutNote(step string) (text string, ok bool) { return strings.CutPrefix(step, notePrefix) }

const againPrefix = "again: "

// Again returns an element of the next steps that is the same command line with more flags.
func Again(flags string) string { return againPrefix + flags }

// CutAgain returns the flags of an [Again]; ok is false for another step.
func CutAgain(step string) (flags string, ok bool) { return strings.CutPrefix(step, againPrefix) }

// Refuse returns the failure of a command that was refused before anything was sent.
func Refuse(err error, next ...string) *Error {
	return &Error{Status: StatusRefused, Err: err, Next: next}
}

// Fail returns a failure with a status.
func Fail(status int, err error, next ...string) *Error {
	return &Error{Status: status, Err: err, Next: next}
}

// FailAs is [Fail] with a class.
func FailAs(class string, status int, err error, next ...string) *Error {
	return &Error{Status: status, Class: class, Err: err, Next: next}
}

// StepsOf returns the next steps after an error: those of a failure, or of the failure that it wraps if it has none, and those of a
// cause with a method Steps.
func StepsOf(err error) []string {
	var next []string
	failed, ok := errors.AsType[*Error](err)
	for ok && len(failed.Next) == 0 {
		failed, ok = errors.AsType[*Error](failed.Err)
	}
	if ok {
		next = slices.Clone(failed.Next)
	}
	if cause, ok := errors.AsType[interface {
		error
		Steps() []string
	}](err); ok {
		for _, step := range cause.Steps() {
			if !slices.Contains(next, step) {
				next = append(next, step)
			}
		}
	}
	return next
}

// StatusOf returns the exit status for an error: a failure's own, and StatusFailed for
// any other.
func StatusOf(err error) int {
	if err == nil {
		return StatusOK
	}
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.Status
	}
	return StatusFailed
}
