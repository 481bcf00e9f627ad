package cmdutil

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Effect is a thing that a command changes.
type Effect string

// The effects of commands. They are words of the schema usher.commands/v1.
const (
	// Users are the users of the provider, and what belongs to them there: groups, keys, sessions.
	Users Effect = "users"
	// Ledger is the memory of runs and of the users who exist.
	Ledger Effect = "ledger"
	// Configuration are profiles, descriptions of providers and stored credentials.
	Configuration Effect = "configuration"
	// Sandbox are the users of the embedded server.
	Sandbox Effect = "sandbox"
	// Files are those whose paths an argument or a flag names.
	Files Effect = "files"
)

// The annotations of a command or a flag with what it changes, and of a flag with its values.
const (
	effects = "usher_changes"
	values  = "usher_values"
)

// Changes returns the annotation of a command that changes these things; without any, of one that only reads. A dry
// run, and a saved plan, change nothing. What only a flag changes is stated by [FlagChanges].
func Changes(things ...Effect) map[string]string {
	words := make([]string, len(things))
	for i, thing := range things {
		words[i] = string(thing)
	}
	return map[string]string{effects: strings.Join(words, " ")}
}

// EffectsOf returns what a command changes, in the order of [Changes]. stated is false if the command does not have
// the annotation.
func EffectsOf(cmd *cobra.Command) (things []Effect, stated bool) {
	text, stated := cmd.Annotations[effects]
	things = []Effect{}
	for word := range strings.FieldsSeq(text) {
		things = append(things, Effect(word))
	}
	return things, stated
}

// FlagChanges states what flags of a command change in addition to the command.
func FlagChanges(cmd *cobra.Command, thing Effect, names ...string) {
	for _, name := range names {
		_ = cmd.Flags().SetAnnotation(name, effects, []string{string(thing)}) // only an unknown flag fails
	}
}

// EffectsOfFlag returns what a flag changes in addition to its command.
func EffectsOfFlag(flag *pflag.Flag) []Effect {
	var things []Effect
	for _, word := range flag.Annotations[effects] {
		things = append(things, Effect(word))
	}
	return things
}

// OneOf states the values of a flag, and completes them. The command still has to check the value.
func OneOf(cmd *cobra.Command, name string, allowed []string) {
	set := cmd.Flags()
	if set.Lookup(name) == nil {
		set = cmd.PersistentFlags()
	}
	_ = set.SetAnnotation(name, values, allowed) // only an unknown flag fails, and below only a second registration
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp))
}

// ValuesOf returns the values of a flag, nil if there are no others than those of its type.
func ValuesOf(flag *pflag.Flag) []string { return flag.Annotations[values] }
