// Package sandbox implements the commands of the embedded server, one file a verb.
package sandbox

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/schema"
)

// New returns a new `usher sandbox` command.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "sandbox",
		Short: "Run and inspect the embedded test server",
		Long: `The sandbox is a local test server that implements the documented APIs of the
providers.

These profiles always exist:

  ` + strings.Join(profileNames(a), "\n  ") + `

A command that uses one starts the server in its own process. Users are stored
in the state directory and are visible to later commands. No real provider is
contacted.`,
	}, newServe(a, serve), newUsers(a, listUsers), newReset(a, reset))
}

func profileNames(a *app.App) []string {
	var names []string
	for _, provider := range served(a) {
		names = append(names, "sandbox-"+provider)
	}
	return names
}

// served lists the providers that the server has: its own, and the described ones.
func served(a *app.App) []string { return append(sandbox.Providers(), a.Descriptions.Names()...) }

// StorePath returns the place of the sandbox's store in the state directory.
func StorePath(stateDir string) string { return filepath.Join(stateDir, "sandbox.db") }

// openStore opens the store in the state directory.
func openStore(a *app.App) (*sandbox.Store, error) {
	dir, err := a.StateDir()
	if err != nil {
		return nil, err
	}
	return sandbox.OpenStore(StorePath(dir))
}

// oneProvider reads the optional argument PROVIDER.
func oneProvider(a *app.App, args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	if !slices.Contains(served(a), args[0]) {
		return "", failure.Refuse(fmt.Errorf("unknown sandbox provider %q%s", args[0], schema.Suggestion(args[0], served(a))),
			"usher providers list")
	}
	return args[0], nil
}

// withStore runs f with the open store and closes it.
func withStore(a *app.App, f func(*sandbox.Store) error) error {
	store, err := openStore(a)
	if err != nil {
		return err
	}
	return errors.Join(f(store), store.Close())
}

func completeProviders(a *app.App) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return served(a), cobra.ShellCompDirectiveNoFileComp
	}
}
