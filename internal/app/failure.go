package app

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/pkg/provider"
)

// LongWaitStep returns the command that allows the wait for which a command ended
// with [engine.ErrWait].
func LongWaitStep(selection *Selection, err error) string {
	longer := max(askedPause(err), 2*MaxWait(selection.Profile)).Truncate(time.Minute) + time.Minute
	return HowToSet(selection.Profile, strings.TrimSuffix(longer.String(), "0s"), "max-wait")
}

// ProviderFailure gives the exit status and the next step for an error of a
// provider's client.
func ProviderFailure(selection *Selection, err error) error {
	profile := selection.Profile.Name
	if errors.Is(err, engine.ErrWait) {
		return failure.Fail(failure.StatusFailed, err, LongWaitStep(selection, err), "run the same command again later")
	}
	failed, ok := errors.AsType[*provider.Error](err)
	switch provider.ClassOf(err) {
	case provider.Denied:
		if ok && failed.Status == http.StatusForbidden {
			return failure.Fail(failure.StatusDenied, err, "the credentials are known but not allowed to do this: ask the provider's administrator, or use another profile")
		}
		if step := LoginStep(selection); step != "" {
			return failure.Fail(failure.StatusDenied, err, step)
		}
		return failure.Fail(failure.StatusDenied, err, "usher profiles show "+profile+" names the credentials: renew them, then usher profiles check "+profile)
	case provider.Invalid:
		return failure.Fail(failure.StatusFailed, err, "usher providers show "+selection.Adapter.Name)
	case provider.NotFound:
		return failure.Fail(failure.StatusFailed, err, "usher profiles show "+profile+": is the base URL right?")
	case provider.Conflict:
		if ok && failed.Status == http.StatusPreconditionFailed {
			return failure.Fail(failure.StatusFailed, err, "run the same command again: it reads the user first")
		}
		return failure.Fail(failure.StatusFailed, err)
	case provider.Busy:
		return failure.Fail(failure.StatusFailed, err, "the provider is busy and nothing was made: run the same command again later")
	case provider.Unsent:
		return failure.Fail(failure.StatusFailed, err, "usher profiles show "+profile+": check the address, then run the same command again")
	default:
		if ok && failed.Status/100 == 3 {
			return failure.Fail(failure.StatusFailed, err, "usher profiles show "+profile+": is the base URL right?")
		}
		return failure.Fail(failure.StatusFailed, err, "run the same command again later")
	}
}
