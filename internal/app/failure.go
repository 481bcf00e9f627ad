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

// LongWaitStep returns the command that allows the wait of an [engine.ErrWait].
func LongWaitStep(selection *Selection, err error) string {
	longer := max(askedPause(err), 2*MaxWait(selection.Profile)).Truncate(time.Minute) + time.Minute
	return HowToSet(selection.Profile, strings.TrimSuffix(longer.String(), "0s"), "max-wait")
}

// ProviderFailure returns an error of a provider's client as a failure with exit status and next steps.
func ProviderFailure(selection *Selection, err error) error {
	profile := selection.Profile.Name
	if errors.Is(err, engine.ErrWait) {
		return failure.Fail(failure.StatusFailed, err, LongWaitStep(selection, err), "run the command again later")
	}
	failed, ok := errors.AsType[*provider.Error](err)
	switch provider.ClassOf(err) {
	case provider.Denied:
		if ok && failed.Status == http.StatusForbidden {
			return failure.Fail(failure.StatusDenied, err, failure.Note("the credentials are valid but have no permission"), "request the permission from the provider's administrator, or use another profile")
		}
		if steps := LoginSteps(selection); len(steps) > 0 {
			return failure.Fail(failure.StatusDenied, err, steps...)
		}
		return failure.Fail(failure.StatusDenied, err, failure.Note("renew the credentials of the profile"), "usher profiles show "+profile, "usher profiles check "+profile)
	case provider.Invalid:
		return failure.Fail(failure.StatusFailed, err, "usher providers show "+selection.Adapter.Name)
	case provider.NotFound:
		note := "check the base URL of the profile"
		if scope := selection.Adapter.Scope; scope != "" {
			note = "check " + scope + " (it is part of the path), then the base URL of the profile"
		}
		return failure.Fail(failure.StatusFailed, err, failure.Note(note), "usher profiles show "+profile)
	case provider.Conflict:
		if ok && failed.Status == http.StatusPreconditionFailed {
			return failure.Fail(failure.StatusFailed, err, failure.Note("the user is read again first"), "run the command again")
		}
		return failure.Fail(failure.StatusFailed, err)
	case provider.Busy:
		return failure.Fail(failure.StatusFailed, err, failure.Note("the provider is busy; nothing was changed"), "run the command again later")
	case provider.Unsent:
		return failure.Fail(failure.StatusFailed, err, failure.Note("check the base URL of the profile, then run the command again"), "usher profiles show "+profile)
	default:
		if ok && failed.Status/100 == 3 {
			return failure.Fail(failure.StatusFailed, err, failure.Note("check the base URL of the profile"), "usher profiles show "+profile)
		}
		return failure.Fail(failure.StatusFailed, err, "run the command again later")
	}
}
