package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/apply"
	"github.com/bring-aboard/usher/internal/cli/auth"
	"github.com/bring-aboard/usher/internal/cli/commands"
	"github.com/bring-aboard/usher/internal/cli/doctor"
	"github.com/bring-aboard/usher/internal/cli/profiles"
	"github.com/bring-aboard/usher/internal/cli/providers"
	"github.com/bring-aboard/usher/internal/cli/references"
	"github.com/bring-aboard/usher/internal/cli/runs"
	"github.com/bring-aboard/usher/internal/cli/sandbox"
	"github.com/bring-aboard/usher/internal/cli/topics"
	"github.com/bring-aboard/usher/internal/cli/users"
	"github.com/bring-aboard/usher/internal/cli/version"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/pkg/schema"
)

// NewRoot returns the whole command tree.
func NewRoot(a *app.App) *cobra.Command {
	root := cmdutil.Group(&cobra.Command{
		Use:   "usher",
		Short: "Create and manage users at identity providers",
		Long: `usher creates, imports, updates and deletes users through the documented API of
an identity provider. Use it for one user, for a spreadsheet with thousands of
users, or for a test account in a CI job.`,
		Example: `  # Create a user in the sandbox
  usher users create -p sandbox-sulu --email ada@example.com --ory-id ory-1 --organization org-1

  # Connect to a real provider
  usher profiles add acme --provider sulu --token env:SULU_TOKEN`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return agree(a, cmd)
		},
	}, users.New(a), apply.New(a), runs.New(a), profiles.New(a), auth.New(a), providers.New(a), sandbox.New(a), doctor.New(a), commands.New(a, globalFlags), version.New(a))
	root.RunE = func(cmd *cobra.Command, _ []string) error { return welcome(a, cmd) }

	root.AddCommand(references.New(a)...)
	root.Version = a.Build.Version
	root.Flags().BoolP("version", "V", false, "show the version")
	addGlobal(root.PersistentFlags(), a.Global)
	_ = root.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return profiles.Complete(a), cobra.ShellCompDirectiveNoFileComp
	})
	cmdutil.OneOf(root, "output", render.Formats())
	_ = root.RegisterFlagCompletionFunc("timeout", cobra.NoFileCompletions)
	_ = root.RegisterFlagCompletionFunc("jq", cobra.NoFileCompletions)
	root.SetIn(a.Streams.In)
	root.SetOut(a.Streams.Out)
	root.SetErr(a.Streams.Err)
	root.SetHelpFunc(help(a))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return flagError(a, cmd, err) })
	root.CompletionOptions.HiddenDefaultCmd = false
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	completeCobra(root)
	topics.Add(root)
	return root
}

// agree returns an error if the flags that were read ahead differ from the parsed ones: a value that looks like a flag
// could make them differ. It refuses global flags without a meaning too.
func agree(a *app.App, cmd *cobra.Command) error {
	if cmd.DisableFlagParsing {
		return nil // completion parses the flags of the line that it completes
	}
	if err := refuseMeaningless(a, cmd); err != nil {
		return err
	}
	ahead := a.Ahead
	for _, pair := range [][3]string{
		{"profile", ahead.Profile, a.Global.Profile},
		{"config", ahead.Config, a.Global.Config},
	} {
		if pair[1] != pair[2] {
			return failure.Refuse(fmt.Errorf("--%s: ambiguous (%q or %q); put it first as --%s=VALUE", pair[0], pair[1], pair[2], pair[0]),
				cmd.CommandPath()+" --help")
		}
	}
	return nil
}

// flagError returns an error of the flag parser with its next step, and with the nearest flag for an unknown one.
func flagError(a *app.App, cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	if words := cmd.Flags().Args(); cmd.HasAvailableSubCommands() && len(words) > 0 {
		return cmd.Args(cmd, words) // a mistyped command explains an unknown flag
	}
	next := cmd.CommandPath()
	if _, byProfile := a.Prepare[cmd]; byProfile && a.Ahead.Profile != "" {
		next += " -p " + a.Ahead.Profile // the flags depend on its provider
	}
	next += " --help"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		cmd.Flags().VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() == "" && len(name) > 1 {
			return failure.Refuse(fmt.Errorf("unknown flag --%s%s", name, suggestion(name, names)), next)
		}
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		flag := invalid.GetFlag()
		return failure.Refuse(fmt.Errorf("--%s %q: %w", flag.Name, invalid.GetValue(), valueProblem(flag.Value.Type(), invalid.Unwrap())), next)
	}
	return failure.Refuse(err, next)
}

// valueProblem returns why a flag of this type does not accept a value. The texts of Go's own types are for programmers.
func valueProblem(kind string, err error) error {
	switch kind {
	case "int":
		return errors.New("must be a whole number, for example 4")
	case "bool":
		return errors.New("must be true or false")
	default:
		return err
	}
}

// suggestion returns the flags that an unknown one most likely means, "" for none: the nearest one, else the few that
// continue it, else the few that end with it (--address-city for --city).
func suggestion(name string, names []string) string {
	const most = 3
	var continued, ending []string
	for _, known := range names {
		if strings.HasPrefix(known, name+"-") {
			continued = append(continued, known)
		}
		if strings.HasSuffix(known, "-"+name) {
			ending = append(ending, known)
		}
	}
	meant := continued
	if nearest := schema.Nearest(name, names); nearest != "" {
		meant = []string{nearest}
	} else if len(continued) == 0 {
		meant = ending
	}
	if len(meant) == 0 || len(meant) > most {
		return ""
	}
	return " (did you mean --" + strings.Join(meant, " or --") + "?)"
}
