// Package cmdutil implements what the commands share: groups that refuse a typo, named arguments, and completion.
package cmdutil

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Group returns a command that only contains others. Without a subcommand it shows its help; an unknown one is refused
// with the nearest name.
func Group(cmd *cobra.Command, children ...*cobra.Command) *cobra.Command {
	for _, child := range children {
		child.Aliases, child.SuggestFor = slices.Concat(child.Aliases, aliases(child.Name())), slices.Concat(child.SuggestFor, synonyms(child.Name()))
	}
	cmd.AddCommand(children...)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var names []string
		for _, child := range cmd.Commands() {
			if child.IsAvailableCommand() {
				names = append(names, child.Name())
			}
		}
		suggestion := cmp.Or(synonym(cmd, args[0]), inGroups(cmd, args[0]), schema.Suggestion(args[0], names))
		return failure.Refuse(fmt.Errorf("%s: unknown command %q%s", cmd.CommandPath(), args[0], suggestion), cmd.CommandPath()+" --help")
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// aliases returns the names that other programs have for a command, among them the singular of a noun.
func aliases(name string) []string {
	return map[string][]string{
		"list": {"ls"}, "delete": {"rm"}, "remove": {"rm"}, "get": {"show"}, "show": {"get"},
		"update": {"edit"}, "deactivate": {"disable"}, "activate": {"enable"},
		"users": {"user"}, "groups": {"group"}, "roles": {"role"}, "organizations": {"organization"},
		"profiles": {"profile"}, "providers": {"provider"}, "runs": {"run"}, "keys": {"key"}, "sessions": {"session"},
	}[name]
}

// synonyms returns the words that other programs have for a command, for suggestions.
func synonyms(name string) []string {
	return map[string][]string{
		"create": {"new", "add", "invite"},
		"add":    {"new", "create"},
		"delete": {"remove", "del", "erase"},
		"remove": {"delete", "del"},
		"update": {"modify", "set", "change"},
		"list":   {"search", "find"},
		"get":    {"view", "describe", "info"},
		"show":   {"view", "describe", "info"},
		"import": {"load", "upload", "bulk"},
		"login":  {"signin", "authenticate"},
		"doctor": {"diagnose", "troubleshoot"},
	}[name]
}

// synonym returns a suggestion of the command that a word is another name for, "" for none. Some names differ by few
// letters from a command that does the opposite.
func synonym(cmd *cobra.Command, word string) string {
	for _, child := range cmd.Commands() {
		if slices.Contains(child.SuggestFor, word) {
			return " (did you mean " + child.Name() + "?)"
		}
	}
	return ""
}

// inGroups returns a suggestion of the commands of that name one group further down, else of those with that other
// name, "" for none. A command for users is suggested alone.
func inGroups(cmd *cobra.Command, word string) string {
	var meant, other []string
	for _, group := range cmd.Commands() {
		for _, child := range group.Commands() {
			switch {
			case !child.IsAvailableCommand():
			case child.Name() == word:
				meant = append(meant, child.CommandPath())
			case child.HasAlias(word) || slices.Contains(child.SuggestFor, word):
				other = append(other, child.CommandPath())
			}
		}
	}
	if len(meant) == 0 {
		meant = other
	}
	if i := slices.IndexFunc(meant, func(path string) bool { return strings.HasPrefix(path, "usher users ") }); i >= 0 {
		meant = meant[i : i+1]
	}
	if len(meant) == 0 {
		return ""
	}
	return " (did you mean " + strings.Join(meant, " or ") + "?)"
}

// Args returns a validation that requires exactly the named arguments.
func Args(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return failure.Refuse(fmt.Errorf("%s is required", names[len(args)]), append(whereFrom(names[len(args)]), cmd.CommandPath()+" "+strings.Join(names, " "))...)
		case len(args) > len(names):
			return failure.Refuse(fmt.Errorf("unexpected argument %q", args[len(names)]), cmd.CommandPath()+" --help")
		}
		return nil
	}
}

// whereFrom returns the note on the source of an argument, nil for none.
func whereFrom(name string) []string {
	if name == "RUN" {
		return []string{failure.Note("RUN is an id of usher runs list, or last for the newest run")}
	}
	return nil
}

// OptionalArg returns a validation that accepts at most one argument.
func OptionalArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return failure.Refuse(fmt.Errorf("unexpected argument %q after %s", args[1], name), cmd.CommandPath()+" --help")
		}
		return nil
	}
}
