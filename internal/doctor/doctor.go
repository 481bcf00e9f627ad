// Package doctor finds what stands in the way of a profile, from the
// configuration to the credentials. Each check is a function that asks one
// thing, within the time limit of a request, and says what comes next; none
// needs another one to have worked, and none shows a secret.
package doctor

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/rest"
)

// Status is what a check came to.
type Status string

// The statuses.
const (
	// OK: nothing stands in the way.
	OK Status = "ok"
	// Warning: it works, and should not stay so.
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
	StateFolder    = "state folder"
	Ledger         = "ledger"
	Locks          = "locks"
	Proxy          = "proxy"
	NameResolution = "name resolution"
	Connection     = "connection"
	TLS            = "tls"
	Clock          = "clock"
	Credentials    = "credentials"
)

// Check is what was found. A check that finds several things gives several.
type Check struct {
	// Name is one of the names above.
	Name   string
	Status Status
	// Detail says what was found: a phrase without a full stop.
	Detail string
	// Next is what to do about it: a command, or a phrase. It may be empty.
	Next string
	// Took is how long the network took; 0 for a check that asks nobody.
	Took time.Duration
	// Denied tells that the provider denied the credentials.
	Denied bool
}

// examination is what the checks have in common, and what they pass on.
type examination struct {
	app       *app.App
	timeout   time.Duration
	selection *app.Selection // nil where no profile can be used
	transport rest.Options
	// blocked says why the network is not asked; "" where it is.
	blocked string
	// reached tells that the provider answered, and resolved that all secrets are at hand.
	reached, resolved bool
}

// Examine makes all the checks, one after the other, and yields what each
// finds. It ends early where the context ends. At least one check of each name
// is yielded.
func Examine(ctx context.Context, a *app.App) iter.Seq[Check] {
	return func(yield func(Check) bool) {
		e := &examination{app: a, timeout: a.Global.Timeout}
		for _, check := range []func(context.Context) []Check{
			e.configuration, e.profile, e.settings, e.secrets, e.keyring, e.stateFolder, e.ledger, e.network, e.credentials,
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

// within makes a check within the time limit.
func (e *examination) within(ctx context.Context, check func(context.Context) []Check) []Check {
	limit := e.timeout
	if limit <= 0 {
		limit = rest.DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return check(ctx)
}

// one gives the list of one check.
func one(name string, status Status, detail, next string) []Check {
	return []Check{{Name: name, Status: status, Detail: detail, Next: next}}
}

// failures gives a check for each thing that an error says is wrong.
func failures(name string, err error) []Check {
	if list, ok := errors.AsType[config.Faults](err); ok {
		return faults(name, Failed, list)
	}
	if fault, ok := errors.AsType[*config.Fault](err); ok {
		return faults(name, Failed, config.Faults{fault})
	}
	found := Check{Name: name, Status: Failed, Detail: err.Error()}
	if failed, ok := errors.AsType[*failure.Error](err); ok {
		found.Denied = failed.Status == failure.StatusDenied
		if n := slices.IndexFunc(failed.Next, func(step string) bool { _, note := failure.CutNote(step); return !note }); n >= 0 {
			found.Next = failed.Next[n]
		}
	}
	return []Check{found}
}

// faults gives a check for each fault, with its place.
func faults(name string, status Status, list config.Faults) []Check {
	var found []Check
	for _, fault := range list {
		bare := *fault
		bare.Hint = ""
		found = append(found, Check{Name: name, Status: status, Detail: bare.Error(), Next: fault.Hint})
	}
	return found
}
