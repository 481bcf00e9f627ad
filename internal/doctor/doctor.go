// Package doctor checks everything that a profile needs, from the configuration to the credentials. Each check is a
// function that checks one thing, within the time limit of a request, and returns the next step; no check requires the
// success of another one, and none shows a secret.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/rest"
)

// Status is the result of a check.
type Status string

// The statuses.
const (
	// OK: no problem.
	OK Status = "ok"
	// Warning: it works, but should be changed.
	Warning Status = "warning"
	// Failed: it does not work.
	Failed Status = "failed"
	// Skipped: there is nothing to check, or what it needs has failed.
	Skipped Status = "skipped"
)

// The names of the checks, in their order.
const (
	Configuration  = "configuration"
	Profile        = "profile"
	Settings       = "settings"
	Secrets        = "secrets"
	Keyring        = "keyring"
	StateFolder    = "state directory"
	Ledger         = "ledger"
	Locks          = "locks"
	Proxy          = "proxy"
	NameResolution = "name resolution"
	Connection     = "connection"
	TLS            = "tls"
	Clock          = "clock"
	Credentials    = "credentials"
)

// Check is a finding. A check that finds several things yields several.
type Check struct {
	// Name is one of the names above.
	Name   string
	Status Status
	// Detail is the finding: a phrase without a full stop.
	Detail string
	// Next is what to do about it: a command, or a phrase. It may be empty.
	Next string
	// Took is how long the network took; 0 for a check without a request.
	Took time.Duration
	// Denied reports whether the provider denied the credentials.
	Denied bool
}

// examination is the state that the checks share and pass on.
type examination struct {
	app       *app.App
	timeout   time.Duration
	selection *app.Selection // nil if no profile can be used
	transport rest.Options
	// blocked says why no request is sent; "" if one is.
	blocked string
	// reached reports whether the provider responded, and resolved whether all secrets were found.
	reached, resolved bool
}

// Examine runs all checks, one after the other, and yields each finding. It ends early if the context ends. At least
// one finding of each name is yielded.
func Examine(ctx context.Context, a *app.App) iter.Seq[Check] {
	return func(yield func(Check) bool) {
		e := &examination{app: a, timeout: a.Global.Timeout}
		for _, check := range []func(context.Context) []Check{
			e.configuration, e.profile, e.settings, e.secrets, e.keyring, e.stateDirectory, e.ledger, e.network, e.credentials,
		} {
			if ctx.Err() != nil {
				return
			}
			for _, found := range e.within(ctx, check) {
				found.Detail, found.Next = leak.Mask(found.Detail), leak.Mask(found.Next)
				if !yield(found) {
					return
				}
			}
		}
	}
}

// within runs a check within the time limit.
func (e *examination) within(ctx context.Context, check func(context.Context) []Check) []Check {
	limit := e.timeout
	if limit <= 0 {
		limit = rest.DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return check(ctx)
}

// one returns the list of one finding.
func one(name string, status Status, detail, next string) []Check {
	return []Check{{Name: name, Status: status, Detail: detail, Next: next}}
}

// failures returns a finding for each problem in an error.
func failures(name string, err error) []Check {
	if list, ok := errors.AsType[config.Errors](err); ok {
		return configProblems(name, Failed, list)
	}
	if configErr, ok := errors.AsType[*config.Error](err); ok {
		return configProblems(name, Failed, config.Errors{configErr})
	}
	found := Check{Name: name, Status: Failed, Detail: err.Error()}
	if failed, ok := errors.AsType[*failure.Error](err); ok {
		found.Denied = failed.Status == failure.StatusDenied
	}
	found.Next = firstStep(failure.StepsOf(err))
	return []Check{found}
}

// firstStep returns the first of the next steps that is not a note, "" for none.
func firstStep(steps []string) string {
	for _, step := range steps {
		if _, isNote := failure.CutNote(step); !isNote {
			return step
		}
	}
	return ""
}

// configProblems returns a finding for each error in the configuration, with its place.
func configProblems(name string, status Status, list config.Errors) []Check {
	var found []Check
	for _, configErr := range list {
		bare := *configErr
		bare.Hint = ""
		found = append(found, Check{Name: name, Status: status, Detail: bare.Error(), Next: cmp.Or(configErr.Hint, firstStep(configErr.Next))})
	}
	return found
}
