package profiles

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
)

// updateFlag is the former way to edit a profile.
const updateFlag = "update"

func newAdd(a *app.App, run func(context.Context, *options) error) *cobra.Command {
	o := newOptions(a)
	cmd := &cobra.Command{
		Use:         "add [NAME]",
		Short:       "Add a profile",
		Annotations: cmdutil.Changes(cmdutil.Configuration),
		SuggestFor:  []string{"init", "setup", "configure", "connect"},
		Long: `Add a profile to the configuration file (readable only by you).

Specify each secret as a reference (env:NAME, file:PATH, keyring:,
exec:COMMAND), or pass it on standard input with its -stdin flag to store it in
the system keyring. usher does not accept secrets as arguments, because other
processes can read them.

On a terminal, the command prompts for everything that is missing, checks that
each reference leads to a secret, and offers a check of the credentials before
it writes the profile. Without a terminal, it names what is missing.`,
		Example: `  usher profiles add
  usher profiles add acme --provider sulu --token env:SULU_TOKEN --default organization=org_123
  usher profiles add acme --provider sulu --token-stdin < token.txt
  usher profiles add acme-ai --provider ejento --base-url https://tenant.example.com \
    --subscription-key file:/run/secrets/ejento-key --token 'exec:op read op://ops/ejento/token'`,
		Args: cmdutil.OptionalArg("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = strings.Join(args, "")
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.provider, "provider", "", "provider: "+strings.Join(a.BuiltIn(), ", ")+", or another one of usher providers list")
	cmdutil.OneOf(cmd, "provider", a.ProviderNames())
	o.addFlags(cmd)
	flags.Bool(updateFlag, false, "renamed to usher profiles edit")
	_ = flags.MarkHidden(updateFlag)
	return cmd
}

func add(ctx context.Context, o *options) error {
	if o.flags.Changed(updateFlag) {
		return failure.Refuse(errors.New("unknown flag --update (renamed to usher profiles edit)"), o.command([]string{"usher profiles edit", o.name}, updateFlag, "provider"))
	}
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	if err := checkNew(loaded, o.name); err != nil && o.name != "" {
		return err
	}
	given, err := o.given()
	if err != nil {
		return err
	}
	if err := o.verify(nil, given); err != nil {
		return err
	}
	return o.save(ctx, &interview{app: o.app, loaded: loaded, name: o.name, given: given, uses: o.use})
}

// checkNew returns an error unless a new profile can have the name.
func checkNew(loaded *config.Config, name string) error {
	if err := config.CheckName(name); err != nil {
		return failure.Refuse(err)
	}
	if profile, err := loaded.Stored(name); err == nil && profile.Builtin {
		return failure.Refuse(fmt.Errorf("profile %s: built in, cannot be changed; choose another name", name), "usher profiles list")
	}
	if slices.Contains(loaded.Names(), name) {
		return failure.Refuse(fmt.Errorf("profile %s already exists", name), failure.Note("change its settings"), "usher profiles edit "+name)
	}
	return nil
}
