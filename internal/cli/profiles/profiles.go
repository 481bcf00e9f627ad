// Package profiles holds the commands about connections, one file a verb.
package profiles

import (
	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New makes `usher profiles`.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "profiles",
		Short: "Connections to providers",
		Long: `A profile is a named connection to one tenant of one provider.

Secrets stay out of the file: a profile holds a reference to where each is kept.

  env:NAME          in the environment variable NAME
  file:PATH         in a file
  keyring:          in the system's keyring (usher stores it with --token-stdin)
  exec:COMMAND      printed by a command, such as a password manager's

A setting comes from its flag, USHER_<SETTING>, the profile, or the provider's
default, in that order. Address, tenant and secrets of a profile come from the
profile alone: a variable that would change them is refused. A CI job needs no
file: USHER_PROVIDER, USHER_TOKEN and so on make a profile.`,
	}, newAdd(a, add), newList(a, list), newShow(a, show), newUse(a, use), newRemove(a, remove), newCheck(a, check), newSchema(a, fetchSchema))
}

// Complete gives the names of all profiles, none where the configuration cannot be read.
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

// nameOf gives the profile that an optional argument NAME means: the argument,
// or what the command would work with.
func nameOf(a *app.App, args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	return a.Global.Profile
}
