package provider

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Class is what may be done about a failure.
type Class int

// The classes of failure. The zero value is Unknown: what is not understood is
// never taken for a refusal.
const (
	// Unknown: the response was lost or is unusable; a create may have happened.
	Unknown Class = iota
	// Invalid: the provider refused the values.
	Invalid
	// Denied: the provider refused the credentials (401) or the permission (403).
	Denied
	// NotFound: the provider returned 404, or a lookup found no user. Whether that proves anything is for [AbsenceOf].
	NotFound
	// Conflict: something with these values already exists.
	Conflict
	// Busy: the provider asked to retry later; nothing happened.
	Busy
	// Unsent: not a byte of the request was written; nothing happened.
	Unsent
)

// String returns the class as reports show it.
func (c Class) String() string {
	switch c {
	case Invalid:
		return "invalid"
	case Denied:
		return "denied"
	case NotFound:
		return "not found"
	case Conflict:
		return "conflict"
	case Busy:
		return "busy"
	case Unsent:
		return "unsent"
	default:
		return "unknown"
	}
}

// Error is a failed operation.
type Error struct {
	// Class is what may be done.
	Class Class
	// Op is what was attempted: "create the user". It is empty if Err says why nothing was.
	Op string
	// Status is the HTTP status, 0 if there was no response.
	Status int
	// Detail is the provider's own sentence, without secrets and control characters; it may be empty.
	Detail string
	// RetryAfter is the wait that the provider asked for; 0 for none.
	RetryAfter time.Duration
	// Answered is set for a create whose response has a good status and affirms
	// nothing. Class is then Unknown, and the create is never sent again.
	Answered bool
	// Ambiguous is set for a refusal of class Conflict whose status means other refusals of the values as well: only a
	// lookup shows which one it is.
	Ambiguous bool
	// Absence is what a failure of class NotFound proves of the absence of the user.
	Absence Absence
	// Users are the users that a lookup found although it failed: several that have
	// the key, or one that has another key.
	Users []User
	// Err is the cause, if there is one. Its text contains no secret.
	Err error
}

// Error returns one sentence without a full stop.
func (e *Error) Error() string { return e.Sentence(strconv.Quote, error.Error) }

// Sentence returns the text as [Quoting] says. It quotes Detail.
func (e *Error) Sentence(quote func(string) string, cause func(error) string) string {
	if e.Op == "" && e.Err != nil {
		return cause(e.Err)
	}
	text := "could not " + e.Op
	if e.Status != 0 {
		text += ": the provider returned " + StatusText(e.Status)
	}
	if e.Detail != "" {
		text += " (" + quote(e.Detail) + ")"
	}
	if e.Err != nil {
		text += ": " + cause(e.Err)
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Forbidden reports whether the provider refused the permission for this one
// operation (403). Any other denial concerns the credentials, and with them
// every operation.
func (e *Error) Forbidden() bool { return e.Class == Denied && e.Status == http.StatusForbidden }

// ClassOf returns the class of an error, Unknown if it has none.
func ClassOf(err error) Class {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.Class
	}
	return Unknown
}

// BadResponse returns the error for a response with a good status whose body is unusable: whether the operation happened is
// unknown.
func BadResponse(op string, status int, cause error) *Error {
	return &Error{Class: Unknown, Op: op, Status: status, Err: fmt.Errorf("unexpected response: %w", cause)}
}

// StatusText returns a status with its name: "409 Conflict".
func StatusText(status int) string {
	if name := http.StatusText(status); name != "" {
		return strconv.Itoa(status) + " " + name
	}
	return strconv.Itoa(status)
}

// ClassOfStatus returns the class of an HTTP status that is not a success.
// retryAfter reports whether the response has a valid Retry-After header: it
// makes a 403 a quota (Busy). It does not make a 503 one, because a gateway may
// answer so after the provider has processed the request.
func ClassOfStatus(status int, retryAfter bool) Class {
	switch {
	case status == http.StatusForbidden && retryAfter:
		return Busy
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Denied
	case status == http.StatusNotFound:
		return NotFound
	case status == http.StatusConflict:
		return Conflict
	case status == http.StatusTooManyRequests:
		return Busy
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return Unknown
	case 400 <= status && status < 500:
		return Invalid
	default:
		return Unknown
	}
}

// ElsewhereError is the cause of a documented read that this address redirects, because another server of the tenant
// answers it.
type ElsewhereError struct {
	// Path is the escaped path of the request at that server.
	Path string
}

// Error returns that the response is at another server.
func (e *ElsewhereError) Error() string { return "another server of the tenant has " + e.Path }
