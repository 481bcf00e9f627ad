package cmdutil

import (
	"strings"

	"github.com/spf13/cobra"
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
)

// effects is the annotation of a command with what it changes.
const effects = "usher_changes"

// Changes returns the annotation of a command that changes these things; without any, of one that only reads. A dry
// run, and a saved plan, change nothing.
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
