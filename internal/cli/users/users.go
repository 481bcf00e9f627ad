// Package users implements the commands about users, one file a verb.
package users

import (
	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/keys"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New returns a new `usher users`.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "users",
		Short: "Create, import, sync, list, update and delete users",
		Long: `Create one user with create or many with import. Make a provider's users match
a roster with sync, or only compare them with verify. If the provider documents
it, read users with list and get, and change them with update, password, delete,
deactivate and activate; their groups with groups. Help those who cannot log in
with recovery and mfa, and end their sessions with sessions. Test accounts that
were created with --ttl are deleted with reap.

The fields depend on the provider. To see them, add -p PROFILE.`,
	}, newCreate(a, create), newImport(a, importUsers), newSync(a, syncUsers), newVerify(a, verify), newTemplate(a, writeTemplate),
		newList(a, list), newGet(a, get), newUpdate(a, update), newDelete(a, act), newDeactivate(a, act), newActivate(a, act), newPassword(a, setPasswords),
		newGroups(a, changeGroups), newRecovery(a, createRecoveries), newSessions(a), newMFA(a), newReap(a, reap), keys.New(a))
}
