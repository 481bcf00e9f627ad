// Package commands implements `usher commands`: the command tree for programs.
package commands

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/render"
)

// document is usher.commands/v1.
type document struct {
	Schema      string    `json:"schema"`
	Version     string    `json:"version"`
	Profile     string    `json:"profile,omitempty"`
	GlobalFlags []flag    `json:"global_flags"`
	Commands    []command `json:"commands"`
}

// command is one command that can be run.
type command struct {
	Command       string           `json:"command"`
	Usage         string           `json:"usage"`
	Aliases       []string         `json:"aliases"`
	Short         string           `json:"short"`
	Long          string           `json:"long"`
	Example       string           `json:"example"`
	Changes       []cmdutil.Effect `json:"changes"`
	ProviderFlags bool             `json:"provider_flags"`
	GlobalFlags   []string         `json:"global_flags"`
	Flags         []flag           `json:"flags"`
}

// flag is one flag of a command.
type flag struct {
	Name       string           `json:"name"`
	Shorthand  string           `json:"shorthand,omitempty"`
	Type       string           `json:"type"`
	Value      string           `json:"value,omitempty"`
	Values     []string         `json:"values,omitempty"`
	Repeatable bool             `json:"repeatable,omitempty"`
	Default    string           `json:"default,omitempty"`
	Field      string           `json:"field,omitempty"`
	Required   bool             `json:"required,omitempty"`
	Changes    []cmdutil.Effect `json:"changes,omitempty"`
	Help       string           `json:"help"`
}

// New returns a new `usher commands`. allowed returns the global flags that have a meaning in a command.
func New(a *app.App, allowed func(*cobra.Command) *pflag.FlagSet) *cobra.Command {
	return &cobra.Command{
		Use:         "commands",
		Short:       "List all commands with what they change",
		Annotations: cmdutil.Changes(),
		Long: `List all commands with their flags and what they change: users at the provider,
the ledger, the configuration, or the sandbox. A command that changes nothing
only reads.

JSON has everything that a program needs to build a command line. With -p, it
has the flags of that profile's provider too.`,
		Example: `  # List the commands that only read
  usher commands --jq '.commands[] | select(.changes == []) | .command'

  # Show the flags of one command, with those of the provider's fields
  usher commands -p sandbox-sulu --jq '.commands[] | select(.command == "usher users create").flags'`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return list(cmd.Context(), a, cmd.Root(), allowed)
		},
	}
}

func list(ctx context.Context, a *app.App, root *cobra.Command, allowed func(*cobra.Command) *pflag.FlagSet) (err error) {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	doc := document{Schema: "usher.commands/v1", Version: a.Build.Version, Profile: a.Ahead.Profile, GlobalFlags: flagsOf(root.PersistentFlags()), Commands: []command{}}
	if a.Ahead.Profile != "" {
		if _, err := a.Selected(); err != nil {
			return err
		}
		for _, prepare := range a.Prepare {
			prepare()
		}
	}
	collect(a, root, allowed, &doc.Commands)
	if printer.PrintsDocuments() {
		return printer.Object(ctx, doc, nil, "")
	}
	out := printer.List(ctx, []render.Column{{Name: "command", Whole: true}, {Name: "changes", Wrap: true}, {Name: "short", Wrap: true}})
	defer func() { err = out.End(err) }()
	for _, one := range doc.Commands {
		if err := out.Add([]string{one.Command, one.changes(), one.Short}, one, one.Command); err != nil {
			return err
		}
	}
	return nil
}

func (c command) changes() string {
	words := make([]string, len(c.Changes))
	for i, effect := range c.Changes {
		words[i] = string(effect)
	}
	return strings.Join(words, ", ")
}

// collect adds all commands that can be run, in the order of the help.
func collect(a *app.App, cmd *cobra.Command, allowed func(*cobra.Command) *pflag.FlagSet, to *[]command) {
	for _, child := range cmd.Commands() {
		switch {
		case !child.IsAvailableCommand():
		case child.HasAvailableSubCommands():
			collect(a, child, allowed, to)
		default:
			*to = append(*to, describe(a, child, allowed(child)))
		}
	}
}

func describe(a *app.App, cmd *cobra.Command, global *pflag.FlagSet) command {
	cmd.Flags().SortFlags = false // required fields come first
	effects, _ := cmdutil.EffectsOf(cmd)
	_, byProfile := a.Prepare[cmd]
	one := command{
		Command: cmd.CommandPath(), Usage: cmd.UseLine(), Aliases: append([]string{}, cmd.Aliases...), Short: cmd.Short, Long: cmd.Long, Example: cmd.Example,
		Changes: effects, ProviderFlags: byProfile, GlobalFlags: []string{}, Flags: flagsOf(cmd.LocalNonPersistentFlags()),
	}
	global.VisitAll(func(f *pflag.Flag) { one.GlobalFlags = append(one.GlobalFlags, f.Name) })
	return one
}

// flagsOf returns the visible flags of a set, without --help.
func flagsOf(set *pflag.FlagSet) []flag {
	list := []flag{}
	set.SortFlags = false
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, help := pflag.UnquoteUsage(f)
		one := flag{
			Name: f.Name, Shorthand: f.Shorthand, Type: f.Value.Type(), Default: f.DefValue, Help: help,
			Values: cmdutil.ValuesOf(f), Changes: cmdutil.EffectsOfFlag(f),
		}
		for _, list := range []string{"Array", "Slice"} {
			if kind, ok := strings.CutSuffix(one.Type, list); ok {
				one.Type, one.Repeatable, one.Default = kind, true, ""
			}
		}
		if field, ok := fields.Of(f); ok {
			one.Required, one.Repeatable = field.Required, field.Kind.IsList()
			if field.Closed {
				one.Values = field.Suggestions
			}
		}
		if one.Type = typeOf(one.Type); one.Type != "bool" && !strings.Contains(value, one.Type) {
			one.Value = value
		}
		if names := f.Annotations[fields.Annotation]; len(names) == 1 {
			one.Field = names[0]
		}
		list = append(list, one)
	})
	return list
}

// typeOf returns the type of a value in the document. A placeholder, such as ORG:ROLE, is that of a text.
func typeOf(kind string) string {
	switch kind {
	case "bool", "int", "duration":
		return kind
	case "uint64":
		return "int"
	default:
		return "string"
	}
}
