package bulk

import (
	"errors"

	"github.com/bring-aboard/usher/pkg/provider"
)

// step is what follows from the answer to a create.
type step int

const (
	done     step = iota // the user was made
	fail                 // the row failed
	lookUp               // a look-up says whether it is this person
	again                // nothing happened: send it again later
	setAside             // it may have happened: settle it after the others
	stopRun              // the row failed, and so would all others
)

// follow turns the error of a create into what follows. It is the one place
// that decides it.
func follow(err error) step {
	if err == nil {
		return done
	}
	switch provider.ClassOf(err) {
	case provider.Invalid, provider.NotFound:
		return fail
	case provider.Denied:
		if isForbidden(err) {
			return fail
		}
		return stopRun
	case provider.Conflict:
		return lookUp
	case provider.Busy, provider.Unsent:
		return again
	default:
		return setAside
	}
}

// isForbidden tells whether the provider refused this one operation, and not
// the credentials.
func isForbidden(err error) bool {
	failure, ok := errors.AsType[*provider.Error](err)
	return ok && failure.Forbidden()
}
