package doctor

import (
	"context"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/provider"
)

// CheckResult is the result of a check of a profile's credentials.
type CheckResult struct {
	// Verified reports whether the provider accepted them.
	Verified bool
	// Request is the request that was sent, as it is documented.
	Request string
	// Took is how long the provider took.
	Took time.Duration
	// Note is the reason why nothing could be verified.
	Note string
}

// Verify fetches the profile's secrets and sends the cheapest read that the
// provider documents. The failure has the exit status and the next step.
func Verify(ctx context.Context, a *app.App, selection *app.Selection) (CheckResult, error) {
	connection, err := a.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return CheckResult{}, err
	}
	defer connection.Close()
	checker, ok := provider.As[provider.Checker](connection.Client)
	if !ok {
		return CheckResult{Note: selection.Adapter.Vendor + " documents no read that can check credentials; the secrets were found, but only a create can verify them"}, nil
	}
	began := time.Now()
	if err := checker.Check(ctx); err != nil {
		return CheckResult{}, app.ProviderFailure(selection, err)
	}
	operation, _ := selection.Adapter.Endpoint(provider.CapabilityCheck)
	return CheckResult{Verified: true, Request: operation.Request, Took: time.Since(began)}, nil
}

// credentials checks the credentials with a request, if the provider can be reached and all secrets were found.
func (e *examination) credentials(ctx context.Context) []Check {
	switch {
	case e.selection == nil:
		return one(Credentials, Skipped, "no profile", "")
	case !e.resolved:
		return one(Credentials, Skipped, "some secrets are missing", "")
	case !e.reached && !e.selection.Sandbox:
		return one(Credentials, Skipped, "provider not reachable", "")
	}
	verdict, err := Verify(ctx, e.app, e.selection)
	switch {
	case err != nil:
		return failures(Credentials, err)
	case !verdict.Verified:
		return one(Credentials, Skipped, verdict.Note, "")
	}
	return []Check{{Name: Credentials, Status: OK, Detail: "valid: " + verdict.Request, Took: verdict.Took}}
}
