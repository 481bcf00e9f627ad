package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/topics"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/term"
)

// help returns a function that prints the help of a command: what it does, its usage, its examples and flags. The
// fields of the profile's provider are separate from the command's own flags.
func help(a *app.App) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, _ []string) {
		style := a.Streams.OutStyle()
		var b strings.Builder
		section := func(title, text string) {
			if text = strings.TrimRight(text, "\n"); text != "" {
				fmt.Fprintf(&b, "\n%s\n%s\n", style.Bold(title), text)
			}
		}
		if cmd.IsAdditionalHelpTopicCommand() {
			showPage(a, cmd)
			return
		}
		about := cmd.Long
		if about == "" {
			about = cmd.Short + "."
		}
		b.WriteString(about + "\n")
		section("Usage", "  "+usageLine(cmd))
		if len(cmd.Aliases) > 0 {
			section("Aliases", "  "+strings.Join(cmd.Aliases, ", "))
		}
		section("Examples", cmd.Example)
		section("Commands", commandList(cmd, (*cobra.Command).IsAvailableCommand))
		section("Help topics", commandList(cmd, (*cobra.Command).IsAdditionalHelpTopicCommand))
		cmd.Flags().SortFlags = false // required fields come first
		own, ofFields := split(cmd.LocalNonPersistentFlags())
		width := 0 // no limit
		if a.Streams.OutIsTerminal() {
			width = a.Streams.Width()
		}
		section(fieldsTitle(a), cmp.Or(ofFields.FlagUsagesWrapped(width), noFields(a, cmd)))
		section("Flags", own.FlagUsagesWrapped(width))
		section("Global flags", globalFlags(cmd).FlagUsagesWrapped(width))
		_, _ = a.Streams.Out.Write([]byte(b.String()))
	}
}

// completeCobra completes the commands that cobra defines: they refuse an unknown argument and state what they change,
// as all other commands do.
func completeCobra(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "completion":
			cmdutil.Group(cmd)
			for _, shell := range cmd.Commands() {
				shell.Annotations = cmdutil.Changes()
			}
		case "help":
			cmd.Run, cmd.RunE = nil, showTopic
			cmd.Annotations = cmdutil.Changes()
			ofCommands := cmd.ValidArgsFunction
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
				found, directive := ofCommands(cmd, args, begun)
				if len(args) == 0 {
					for _, topic := range topics.All() {
						found = append(found, cobra.CompletionWithDesc(topic.Name, topic.Short))
					}
				}
				return found, directive
			}
		}
	}
}

// showPage prints the page of a help topic.
func showPage(a *app.App, cmd *cobra.Command) {
	text, err := topics.Text(cmd.Name(), min(a.Streams.Width(), 100), a.Streams.OutStyle().Bold)
	if err != nil {
		panic(err) // the pages are embedded
	}
	_, _ = a.Streams.Out.Write([]byte(text))
}

// showTopic is `usher help [COMMAND]`.
func showTopic(cmd *cobra.Command, words []string) error {
	topic, rest, err := cmd.Root().Find(words)
	if err == nil && topic.HasAvailableSubCommands() && topic.Args != nil {
		err = topic.Args(topic, rest)
	}
	if err != nil {
		return err
	}
	topic.InitDefaultHelpFlag()
	return topic.Help()
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return cmd.UseLine()
}

// commandList returns the commands below cmd that are of a kind, with their descriptions.
func commandList(cmd *cobra.Command, is func(*cobra.Command) bool) string {
	var b strings.Builder
	for _, child := range cmd.Commands() {
		if is(child) {
			fmt.Fprintf(&b, "  %-*s %s\n", child.NamePadding(), child.Name(), child.Short)
		}
	}
	return b.String()
}

// split returns the flags that were made from fields separate from the command's own flags.
func split(flags *pflag.FlagSet) (own, ofFields *pflag.FlagSet) {
	own, ofFields = pflag.NewFlagSet("", pflag.ContinueOnError), pflag.NewFlagSet("", pflag.ContinueOnError)
	own.SortFlags, ofFields.SortFlags, flags.SortFlags = false, false, false
	flags.VisitAll(func(flag *pflag.Flag) {
		if _, ok := flag.Annotations[fields.Annotation]; ok {
			ofFields.AddFlag(flag)
			return
		}
		own.AddFlag(flag)
	})
	return own, ofFields
}

func fieldsTitle(a *app.App) string {
	selection, err := a.Selected()
	if err != nil {
		return "Fields"
	}
	return fmt.Sprintf("Fields of %s (profile %s)", selection.Adapter.Vendor, selection.Profile.Name)
}

// noFields returns the text that replaces the fields if they are not known. The fields depend on the profile.
func noFields(a *app.App, cmd *cobra.Command) string {
	if _, byProfile := a.Prepare[cmd]; !byProfile {
		return ""
	}
	_, err := a.Selected()
	if err == nil {
		return ""
	}
	text := strings.ReplaceAll(term.Sanitize(err.Error()), "\n", "\n  ")
	return fmt.Sprintf("  The fields depend on the provider. To list them: %s -p PROFILE --help\n  %s", cmd.CommandPath(), text)
}

func globalFlags(cmd *cobra.Command) *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.SortFlags = false
	cmd.Root().PersistentFlags().SortFlags = false
	cmd.Root().PersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if !isMeaningless(cmd, flag.Name) {
			flags.AddFlag(flag)
		}
	})
	return flags
}
