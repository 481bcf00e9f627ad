// Package directory holds the commands about the things that fields of users
// refer to by id: roles and organizations.
package directory

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
)

// New makes a command for each kind of things: `usher roles` and `usher
// organizations`.
func New(a *app.App) []*cobra.Command {
	var commands []*cobra.Command
	for _, kind := range app.Kinds() {
		commands = append(commands, cmdutil.Group(&cobra.Command{
			Use:   kind.Plural,
			Short: fmt.Sprintf("List the %s that users can be given", kind.Plural),
			Long: fmt.Sprintf(`List the %s of the tenant that a profile points to, as far as
the provider documents how they are found.`, kind.Plural),
		}, newList(a, kind, list)))
	}
	return commands
}
