package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/shell"
)

// again returns a command line with more flags, which replace the same ones. If an argument may have a secret, because it is
// the value of a secret field or because the fields are not known without a profile, the result has the command and its
// operands alone.
func again(a *app.App, cmd *cobra.Command, args []string, flags string) string {
	words := []string{cmd.Root().Name()}
	switch selection, err := a.Selected(); {
	case err == nil && !slices.ContainsFunc(args, func(arg string) bool { return fields.SetsSecret(selection.Adapter.Table, arg) }):
		words = append(words, without(cmd, args, strings.Fields(flags)[0])...)
	case cmd.FParseErrWhitelist.UnknownFlags:
		words = strings.Fields(cmd.CommandPath())
	default:
		words = append(strings.Fields(cmd.CommandPath()), cmd.Flags().Args()...)
	}
	for i, word := range words {
		words[i] = shell.Quote(word)
	}
	return strings.Join(append(words, flags), " ")
}

// without returns arguments without a flag, which is written as flag, and its value.
func without(cmd *cobra.Command, args []string, flag string) []string {
	known := cmd.Flags().Lookup(strings.TrimLeft(flag, "-"))
	if short := strings.TrimPrefix(flag, "-"); len(short) == 1 {
		known = cmd.Flags().ShorthandLookup(short)
	}
	if known == nil {
		return args
	}
	var kept []string
	for i := 0; i < len(args); i++ {
		name, _, hasValue := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
			return append(kept, args[i:]...)
		case name != "--"+known.Name && (known.Shorthand == "" || name != "-"+known.Shorthand):
			kept = append(kept, args[i])
		case !hasValue && known.NoOptDefVal == "":
			i++ // its value
		}
	}
	return kept
}
