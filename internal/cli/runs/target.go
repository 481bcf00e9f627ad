package runs

import (
	"fmt"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
)

// checkTarget returns an error if the target of a profile is not the target of a run.
func checkTarget(a *app.App, run ledger.PastRun, profile string) error {
	selection, err := a.Select(profile)
	if err != nil {
		return err
	}
	if selection.Target != run.Target {
		return failure.Refuse(fmt.Errorf("run %s: target is %s, but profile %s points to %s; nothing was sent", run.ID, run.Target, selection.Profile.Name, selection.Target),
			"usher profiles show "+selection.Profile.Name)
	}
	return nil
}

// checkNamedTarget is checkTarget for the profile of -p, if specified.
func checkNamedTarget(a *app.App, run ledger.PastRun) error {
	if a.Ahead.Profile == "" {
		return nil
	}
	return checkTarget(a, run, a.Ahead.Profile)
}
