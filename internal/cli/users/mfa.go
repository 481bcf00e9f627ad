package users

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/ops"
)

// newMFA returns a new `usher users mfa`.
func newMFA(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "mfa",
		Short: "Remove the second factors of users",
		Long: `Remove the second factors of users who have lost them. The provider must
document it.`,
	}, newResetMFA(a, act))
}

func newResetMFA(a *app.App, run func(context.Context, *actionOptions) error) *cobra.Command {
	return newAction(a, ops.ResetMFA(), run, &cobra.Command{
		Use:         "reset [KEY]",
		Short:       "Remove all second factors of users",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		SuggestFor:  []string{"remove", "delete", "disable", "clear"},
		Long: `Remove all second factors of one user (KEY), such as one-time passwords,
security keys and backup codes, or those of every user of a roster (--roster).
KEY is the natural key or the provider's id; in a roster only the natural key is
used.

Until the users add a new second factor, a password is enough to log in.

usher looks up each user first; a user who does not exist counts as failed.
usher shows the plan and asks for confirmation; --yes skips the prompt. The
command is safe to repeat.`,
		Example: `  usher users mfa reset ada@example.com -p sandbox-ory
  usher users mfa reset --roster lost-phones.csv -p sandbox-ory --yes`,
	})
}
