package provider

import (
	"context"
	"errors"
)

// Absence is what a failed read proves of the absence of a user. It is a fact for the decision whether a user is
// absent; [NotFound] alone proves nothing.
type Absence int

// The kinds of absence.
const (
	// AbsenceUnproved: the response proves nothing about the user. A 404 of a route that lists users is of this kind,
	// and so is one that a gateway may have written.
	AbsenceUnproved Absence = iota
	// AbsencePlain: a 404 in the API's own content type to a read of one item,
	// whose body the provider does not document. It counts only between two good
	// responses of the same route, for a key that needs no escapes.
	AbsencePlain
	// AbsenceDocumented: the provider's documented statement that there is no such user: a list without an entry, or a
	// 404 with the documented error body.
	AbsenceDocumented
)

// AbsenceOf returns what an error proves of the absence of the user that was looked up; AbsenceUnproved for an error of
// another type.
func AbsenceOf(err error) Absence {
	if failure, ok := errors.AsType[*Error](err); ok && failure.Class == NotFound {
		return failure.Absence
	}
	return AbsenceUnproved
}

// IsAnswered reports whether the error is that of a create for which the provider returned a good status that affirms
// nothing, such as 202 Accepted or the page of a proxy.
func IsAnswered(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	return ok && failure.Class == Unknown && failure.Answered
}

// UsersIn returns the users that a lookup found although it could not return the
// user: several with the same key, or one with another key.
func UsersIn(err error) []User {
	if failure, ok := errors.AsType[*Error](err); ok {
		return failure.Users
	}
	return nil
}

// errIncomplete is below every error of [Incomplete].
var errIncomplete = errors.New("the list may be incomplete")

// Incomplete returns the error with which a [Lister] ends a list that it read to its end and that is not certainly
// complete, or that moved while it was read: the users that it yielded exist, and no user is absent because of it. The
// cause is the reason for the doubt.
func Incomplete(op string, cause error) *Error {
	return &Error{Class: Unknown, Op: op, Err: errors.Join(errIncomplete, cause)}
}

// IsIncomplete reports whether an error is one of [Incomplete].
func IsIncomplete(err error) bool { return errors.Is(err, errIncomplete) }

// Uniqueness is what a provider documents about two users with one natural key.
type Uniqueness int

// The levels of uniqueness.
const (
	// UniqueUnknown: the provider documents nothing.
	UniqueUnknown Uniqueness = iota
	// UniqueDocumented: a page documents that the key is unique.
	UniqueDocumented
	// UniqueEnforced: the provider itself refuses a second user with the same key during the write, by a source or by a
	// test against the real server.
	UniqueEnforced
)

// String returns the text of a reference page: "unknown", "documented" or "enforced".
func (u Uniqueness) String() string {
	return [...]string{"unknown", "documented", "enforced"}[u]
}

// Uniquer is a client whose server declares the uniqueness of the natural key.
type Uniquer interface {
	// Unique returns what this tenant's server declares, instead of what [Adapter] has. It may send a read.
	Unique(ctx context.Context) (Uniqueness, error)
}

// PasswordDecliner is a client whose server declares whether it accepts passwords.
type PasswordDecliner interface {
	// DeclinesPasswords reports whether this tenant's server declares that it accepts no password for a user. A server
	// that declares nothing does not decline. It may send reads.
	DeclinesPasswords(ctx context.Context) (bool, error)
}

// PasswordChanger is a client whose server declares whether an update can change a password.
type PasswordChanger interface {
	// ChangesPasswords reports whether this tenant's server declares that passwords can be changed. A server that
	// declares nothing does not. It may send reads.
	ChangesPasswords(ctx context.Context) (bool, error)
}

type freshKey struct{}

// Fresh returns a context whose reads decide whether a user exists: a
// [Transport] sends them with Cache-Control: no-cache and over a new connection.
func Fresh(ctx context.Context) context.Context { return context.WithValue(ctx, freshKey{}, true) }

// IsFresh reports whether a context is one of [Fresh].
func IsFresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

type onceKey struct{}

// Once returns a context whose reads are sent once: the caller itself retries a failed read.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// IsOnce reports whether a context is one of [Once].
func IsOnce(ctx context.Context) bool { return ctx.Value(onceKey{}) != nil }

type mostKey struct{}

// AtMost returns a context in which a list of unknown length ends with [ErrTooLong] before it takes more than so many
// requests.
func AtMost(ctx context.Context, requests int) context.Context {
	return context.WithValue(ctx, mostKey{}, requests)
}

// MostRequests returns the number of [AtMost]; 0 means any number.
func MostRequests(ctx context.Context) int {
	most, _ := ctx.Value(mostKey{}).(int)
	return most
}
