// Package auth holds the commands about credentials that a provider issues, one
// file a verb.
package auth

import (
	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New makes `usher auth`.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "auth",
		Short: "Tokens that a provider issues for a name and a password",
		Long: `Some providers document no token that stays good: they issue one for a name and
a password, and it expires. usher keeps the token where the profile says, never
the password, and warns on its last day.`,
	}, newLogin(a, login))
}
