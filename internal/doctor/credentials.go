package doctor

import (
	"context"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/pkg/provider"
)

// Verdict is what the provider says of a profile's credentials.
type Verdict struct {
	// Verified tells that the provider took them.
	Verified bool
	// Request is what was asked, as it is documented.
	Request string
	// Took is how long the provider took.
	Took time.Duration
	// Note says why nothing could be verified.
	Note string
}

// Verify fetches the profile's secrets and sends the cheapest read that the
// provider documents. The failure has the exit status and the next step.
func Verify(ctx context.Context, a *app.App, selection *app.Selection) (Verdict, error) {
	connection, err := a.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return Verdict{}, err
	}
	defer connection.Close()
	checker, ok := connection.Client.(provider.Checker)
	if !ok {
		return Verdict{Note: selection.Adapter.Vendor + " documents no read that could check credentials: the secrets were found, and only a create will tell whether they are good"}, nil
	}
	began := time.Now()
	if err := checker.Check(ctx); err != nil {
		return Verdict{}, app.ProviderFailure(selection, err)
	}
	operation, _ := selection.Adapter.Operation(provider.PowerCheck)
	return Verdict{Verified: true, Request: operation.Request, Took: time.Since(began)}, nil
}

// credentials asks the provider, where it can be reached and there is something
// to show it.
func (e *examination) credentials(ctx context.Context) []Check {
	switch {
	case e.selection == nil:
		return one(Credentials, Skipped, "there is no profile to check", "")
	case !e.resolved:
		return one(Credentials, Skipped, "not all secrets are at hand", "")
	case !e.reached && !e.selection.Sandbox:
		return one(Credentials, Skipped, "the provider cannot be reached", "")
	}
	verdict, err := Verify(ctx, e.app, e.selection)
	switch {
	case err != nil:
		return failures(Credentials, err)
	case !verdict.Verified:
		return one(Credentials, Skipped, verdict.Note, "")
	}
	return []Check{{Name: Credentials, Status: OK, Detail: "good: " + verdict.Request, Took: verdict.Took}}
}
