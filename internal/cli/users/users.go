// Package users holds the commands about users, one file a verb.
package users

import (
	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/keys"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New makes `usher users`.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "users",
		Short: "Create, import, read, correct and remove users",
		Long: `Create users at the provider that a profile points to: one with create, many
with import. Compare a roster with them: verify. Read, correct and remove them,
where the provider documents it: list, get, update, delete, deactivate.

The profile's provider decides which fields there are: give -p to see them.`,
	}, newCreate(a, create), newImport(a, importUsers), newVerify(a, verify), newTemplate(a, writeTemplate),
		newList(a, list), newGet(a, get), newUpdate(a, update), newDelete(a, act), newDeactivate(a, act), newActivate(a, act), keys.New(a))
}
