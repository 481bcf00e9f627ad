package kit

import (
	"errors"
	"net/http"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/provider"
)

// ProviderFailure gives the exit status and the next step for an error of a
// provider's client.
func ProviderFailure(selection *app.Selection, err error) error {
	profile := selection.Profile.Name
	failure, ok := errors.AsType[*provider.Error](err)
	switch provider.ClassOf(err) {
	case provider.Denied:
		if ok && failure.Status == http.StatusForbidden {
			return app.Fail(app.StatusDenied, err, "the credentials are known but not allowed to do this: ask the provider's administrator, or use another profile")
		}
		if step := LoginStep(selection); step != "" {
			return app.Fail(app.StatusDenied, err, step)
		}
		return app.Fail(app.StatusDenied, err, "usher profiles show "+profile+" names the credentials: renew them, then usher profiles check "+profile)
	case provider.Invalid:
		return app.Fail(app.StatusFailed, err, "usher providers show "+selection.Adapter.Name)
	case provider.NotFound:
		return app.Fail(app.StatusFailed, err, "usher profiles show "+profile+": is the base URL right?")
	case provider.Conflict:
		return app.Fail(app.StatusFailed, err)
	case provider.Busy:
		return app.Fail(app.StatusFailed, err, "the provider is busy and nothing was made: run the same command again later")
	case provider.Unsent:
		return app.Fail(app.StatusFailed, err, "usher profiles show "+profile+": check the address, then run the same command again")
	default:
		if ok && failure.Status/100 == 3 {
			return app.Fail(app.StatusFailed, err, "usher profiles show "+profile+": is the base URL right?")
		}
		return app.Fail(app.StatusFailed, err, "run the same command again later")
	}
}
