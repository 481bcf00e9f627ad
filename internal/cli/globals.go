package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
)

// meaningless is a global flag with the commands in which it has no meaning.
type meaningless struct {
	flag string
	// because is the reason, with the command as "it".
	because string
	// commands are their paths below usher; a group includes all its commands.
	commands []string
}

// meaninglessFlags returns the table of flags that are refused. The flags for the program as a whole (--no-input,
// --no-color, --verbose, --config) are allowed everywhere, and so are --jq and the formats of documents, because the
// failure of every command is a document.
func meaninglessFlags() []meaningless {
	return []meaningless{
		{"profile", "it uses no profile", []string{
			"completion", "profiles add", "profiles list", "profiles remove", "profiles use", "providers add", "providers draft", "providers list", "providers show",
			"runs prune", "sandbox", "version",
		}},
		{"timeout", "it sends no request", []string{
			"commands", "completion", "profiles list", "profiles remove", "profiles use", "providers add", "providers draft", "providers list", "providers show",
			"runs list", "runs prune", "runs rows",
			"runs show", "sandbox", "version",
		}},
	}
}

// silentCommands returns the commands that print no results. Only the formats of documents have a meaning for them,
// because their failures are documents.
func silentCommands() []string {
	return []string{
		"auth login", "completion", "profiles add", "profiles remove", "profiles schema", "profiles use", "providers draft", "runs forget", "runs settle",
		"sandbox reset", "sandbox serve", "users template",
	}
}

// isOneOf reports whether a command is, or is in, one of those with these paths.
func isOneOf(cmd *cobra.Command, paths []string) bool {
	path := strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
	return slices.ContainsFunc(paths, func(p string) bool { return path == p || strings.HasPrefix(path, p+" ") })
}

// isMeaningless reports whether a global flag has no meaning in a command.
func isMeaningless(cmd *cobra.Command, flag string) bool {
	return slices.ContainsFunc(meaninglessFlags(), func(m meaningless) bool { return m.flag == flag && isOneOf(cmd, m.commands) })
}

// refuseMeaningless returns an error for a global flag that has no meaning in the command.
func refuseMeaningless(a *app.App, cmd *cobra.Command) error {
	for _, m := range meaninglessFlags() {
		if cmd.Flags().Changed(m.flag) && isOneOf(cmd, m.commands) {
			return failure.Refuse(fmt.Errorf("--%s cannot be used with %s: %s", m.flag, cmd.CommandPath(), m.because), cmd.CommandPath()+" --help")
		}
	}
	if !cmd.Flags().Changed("output") || !isOneOf(cmd, silentCommands()) {
		return nil
	}
	printer, err := a.Printer()
	if err == nil && !printer.PrintsDocuments() {
		err = failure.Refuse(fmt.Errorf("--output %s cannot be used with %s: it prints no results; with json, ndjson or yaml its failures are documents", a.Global.Output, cmd.CommandPath()),
			cmd.CommandPath()+" --help")
	}
	return err
}
