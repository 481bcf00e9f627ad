// Package auth implements the commands about credentials that a provider issues, one file a verb.
package auth

import (
	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New returns a new `usher auth` command.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "auth",
		Short: "Log in to a provider",
		Long: `Some providers issue only short-lived tokens, in exchange for a username and
password. usher stores the token where the profile says, never stores the
password, and renews the token or warns on the last day before it expires.`,
	}, newLogin(a, login))
}
