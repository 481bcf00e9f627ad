// Package references implements the commands about the things that fields of users refer to by id: roles and
// organizations.
package references

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New returns a new command for each kind of thing: `usher roles` and `usher organizations`.
func New(a *app.App) []*cobra.Command {
	var commands []*cobra.Command
	for _, kind := range app.Kinds() {
		commands = append(commands, cmdutil.Group(&cobra.Command{
			Use:   kind.Plural,
			Short: fmt.Sprintf("List the %s of a tenant", kind.Plural),
			Long: fmt.Sprintf(`List the %s of the profile's tenant. The provider must document such
a list.`, kind.Plural),
		}, newList(a, kind, list)))
	}
	return commands
}
