// Package profiles implements the commands about profiles, one file a verb.
package profiles

import (
	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New returns a new `usher profiles`.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:        "profiles",
		SuggestFor: []string{"config", "connections"},
		Short:      "Manage connections to providers",
		Long: `A profile is a named connection to one tenant of one provider.

A profile contains no secrets, only references to them:

  env:NAME          in the environment variable NAME
  file:PATH         in a file
  keyring:          in the system keyring (usher stores it with --token-stdin)
  exec:COMMAND      printed by a command, such as a password manager's

A setting comes from its flag, USHER_<SETTING>, the profile, or the provider's
default, in that order. A profile's address, tenant and secrets come only from
the profile: a variable that would change them is refused. In a CI job,
USHER_PROVIDER, USHER_TOKEN and other variables define a profile without a file.`,
	}, newAdd(a, add), newEdit(a, edit), newList(a, list), newShow(a, show), newUse(a, use), newRename(a, rename), newRemove(a, remove), newCheck(a, check), newSchema(a, fetchSchema))
}

// Complete returns the names of all profiles, none if the configuration cannot be read.
func Complete(a *app.App) []string {
	loaded, err := a.Config()
	if err != nil {
		return nil
	}
	return loaded.Names()
}

func completeArg(a *app.App) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return Complete(a), cobra.ShellCompDirectiveNoFileComp
	}
}

// nameOf returns the optional argument NAME, or the profile of the global flag.
func nameOf(a *app.App, args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return a.Global.Profile
}
