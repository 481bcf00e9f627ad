package profiles

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
)

// removeOptions are the dependencies, arguments and flags of `usher profiles remove`.
type removeOptions struct {
	app  *app.App
	name string
	yes  bool
}

func newRemove(a *app.App, run func(context.Context, *removeOptions) error) *cobra.Command {
	o := &removeOptions{app: a}
	cmd := &cobra.Command{
		Use:         "remove NAME",
		Short:       "Remove a profile and its stored secrets",
		Annotations: cmdutil.Changes(cmdutil.Configuration),
		Long: `Remove a profile from the configuration file, and the secrets that usher stored
for it in the system keyring. Users at the provider are not changed. A warning
lists the routes that have the profile.`,
		Example:           "  usher profiles remove acme",
		Args:              cmdutil.Args("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "skip the confirmation prompt")
	return cmd
}

func remove(ctx context.Context, o *removeOptions) error {
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	if err := loaded.Exists(o.name); err != nil {
		return failure.Refuse(err)
	}
	stored, routes := storedSecrets(loaded, o.name), loaded.RoutesOf(o.name)
	if len(routes) > 0 {
		o.app.Streams.Warn(fmt.Sprintf("profile %s is used in routes that will not work without it: %s", o.name, strings.Join(routes, ", ")))
	}
	if err := o.confirm(ctx); err != nil {
		return err
	}
	if err := loaded.Remove(o.name); err != nil {
		return failure.Refuse(err)
	}
	for _, account := range stored {
		err = errors.Join(err, o.app.Secrets.Delete(ctx, account))
	}
	if err != nil {
		return fmt.Errorf("profile %s: removed, but a secret is still in the keyring: %w", o.name, err)
	}
	fmt.Fprintf(o.app.Streams.Err, "Removed profile %s.\n", o.name)
	return nil
}

// storedSecrets returns the keyring accounts that only this profile uses.
func storedSecrets(loaded *config.Config, name string) []string {
	profile, err := loaded.Stored(name)
	if err != nil {
		return nil // an invalid profile can be removed too
	}
	var accounts []string
	for _, resolved := range profile.All() {
		reference, ok := profile.Secret(resolved.Setting.Name)
		own := secret.Account(name, resolved.Setting.Name)
		if account, kept := reference.KeyringAccount(own); ok && resolved.Setting.Secret && kept && account == own {
			accounts = append(append(accounts, own), secret.IssuedAccounts(own)...)
		}
	}
	return accounts
}

func (o *removeOptions) confirm(ctx context.Context) error {
	if o.yes {
		return nil
	}
	if !o.app.Streams.CanPrompt() {
		return failure.Refuse(errors.New("confirmation required; nothing was removed"), fmt.Sprintf("usher profiles remove %s --yes", o.name))
	}
	agreed, err := o.app.Streams.Confirm(ctx, fmt.Sprintf("Remove profile %s?", o.name))
	if err != nil {
		return app.Unchecked(err)
	}
	if !agreed {
		return failure.Refuse(errors.New("cancelled; nothing was removed"))
	}
	return nil
}
