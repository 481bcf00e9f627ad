package job

import (
	"slices"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/ledger"
)

// ProfileOf returns the name of the profile of a run. If there is no profile of this name any more, it is the only one in
// the configuration with the target of the run: the profile was renamed. Without such a one it is the name in the ledger.
func ProfileOf(a *app.App, run ledger.PastRun) string {
	loaded, err := a.Config()
	if err != nil || slices.Contains(loaded.Names(), run.Profile) {
		return run.Profile
	}
	var found []string
	for _, name := range loaded.Names() {
		if selection, err := a.Select(name); err == nil && selection.Target == run.Target {
			found = append(found, name)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return run.Profile
}
