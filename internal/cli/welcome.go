package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
)

// welcome is usher without a command. On a terminal it prints the profiles and the first commands, elsewhere the help.
func welcome(a *app.App, cmd *cobra.Command) error {
	if !a.Streams.OutIsTerminal() {
		return cmd.Help()
	}
	loaded, err := a.Config()
	if err != nil {
		return err
	}
	bold := a.Streams.OutStyle().Bold
	var b strings.Builder
	b.WriteString("usher creates and manages users at identity providers.\n")
	steps := func(title string, commands ...[2]string) {
		fmt.Fprintf(&b, "\n%s\n", bold(title))
		for _, one := range commands {
			fmt.Fprintf(&b, "  %-42s %s\n", one[0], one[1])
		}
	}
	if profiles := ownProfiles(loaded); len(profiles) == 0 {
		sandbox := sandboxPrefix + a.Adapters[0].Name
		steps("No profile yet: try the sandbox, a test server inside usher",
			[2]string{"usher users create -i -p " + sandbox, "create a user in a form"},
			[2]string{"usher users list -p " + sandbox, "list the users"})
		steps("Connect to your own provider",
			[2]string{"usher providers list", "list the providers"},
			[2]string{"usher profiles add", "add a profile, step by step"})
	} else {
		at, selected := "", "a profile"
		if name, _ := loaded.Default(); name != "" {
			selected = name + ", the default profile"
		} else {
			at = " -p " + profiles[0]
		}
		steps("Your profiles: "+strings.Join(profiles, ", "),
			[2]string{"usher profiles check" + strings.TrimPrefix(at, " -p"), "check the credentials of " + selected},
			[2]string{"usher users list" + at, "list the users"},
			[2]string{"usher users create -i" + at, "create a user in a form"},
			[2]string{"usher users import people.csv --dry-run" + at, "check a file of users"},
			[2]string{"usher runs list", "list what was done"})
	}
	steps("Help", [2]string{"usher --help", "list all commands"}, [2]string{"usher doctor", "find out what does not work"})
	_, err = a.Streams.Out.Write([]byte(b.String()))
	return err
}

// ownProfiles returns the names of the profiles that are not built in.
func ownProfiles(loaded *config.Config) []string {
	var names []string
	for _, name := range loaded.Names() {
		if !strings.HasPrefix(name, sandboxPrefix) {
			names = append(names, name)
		}
	}
	return names
}
