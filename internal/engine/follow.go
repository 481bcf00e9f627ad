package engine

import (
	"errors"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/pkg/provider"
)

// step is the consequence of the response to an attempt.
type step int

const (
	done     step = iota // it was performed
	fail                 // the row failed
	lookUp               // a lookup decides whether it is this user
	again                // it had no effect: send it again later
	setAside             // it may have had an effect: settle it after the others
	stopRun              // the row failed, and so would all others
)

// follow returns the consequence of the response to an attempt. Nothing else decides it.
func (r *run) follow(err error) step {
	switch r.op.reply(err) {
	case evidence.Affirmed:
		return done
	case evidence.Refused:
		if isDenied(err) {
			return stopRun
		}
		return fail
	case evidence.Taken:
		return lookUp
	case evidence.NotProcessed, evidence.NotSent:
		return again
	default:
		return setAside
	}
}

// isDenied reports whether the provider denied the credentials.
func isDenied(err error) bool {
	return provider.ClassOf(err) == provider.Denied && !isForbidden(err)
}

// isForbidden reports whether the provider denied this operation, and not the credentials.
func isForbidden(err error) bool {
	failure, ok := errors.AsType[*provider.Error](err)
	return ok && failure.Forbidden()
}
