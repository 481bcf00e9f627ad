// Package references implements the commands about the things that users refer to by id: groups, roles and organizations.
package references

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/pkg/provider"
)

// New returns a new command for each kind of thing: `usher groups`, `usher roles` and `usher organizations`.
func New(a *app.App) []*cobra.Command {
	var commands []*cobra.Command
	for _, kind := range app.Kinds() {
		group := cmdutil.Group(&cobra.Command{
			Use:   kind.Plural,
			Short: fmt.Sprintf("List the %s of a tenant", kind.Plural),
			Long: fmt.Sprintf(`List the %s of the profile's tenant. The provider must document such
a list.`, kind.Plural),
		}, newList(a, kind, list))
		if kind.Name == provider.Group {
			group.AddCommand(newMembers(a, members))
		}
		commands = append(commands, group)
	}
	return commands
}
