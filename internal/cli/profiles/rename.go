package profiles

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
)

// renameOptions are the dependencies and arguments of `usher profiles rename`.
type renameOptions struct {
	app       *app.App
	name, new string
}

func newRename(a *app.App, run func(context.Context, *renameOptions) error) *cobra.Command {
	o := &renameOptions{app: a}
	return &cobra.Command{
		Use:         "rename NAME NEWNAME",
		Short:       "Rename a profile",
		Annotations: cmdutil.Changes(cmdutil.Configuration),
		Long: `Rename a profile in the configuration file, also as the default profile and in
the routes, and move the secrets that usher stored for it in the system keyring.

Runs in the ledger keep the name that they were made with. resume and undo find
the profile by the target of the run.`,
		Example:           "  usher profiles rename acme acme-oslo",
		Args:              cmdutil.Args("NAME", "NEWNAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name, o.new = args[0], args[1]
			return run(cmd.Context(), o)
		},
	}
}

func rename(ctx context.Context, o *renameOptions) error {
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	if err := loaded.Exists(o.name); err != nil {
		return failure.Refuse(err)
	}
	if err := checkNew(loaded, o.new); err != nil {
		return err
	}
	old, copied, err := o.copySecrets(ctx, loaded)
	if err == nil {
		err = loaded.Rename(o.name, o.new)
	}
	if err != nil {
		for _, account := range copied {
			err = errors.Join(err, o.app.Secrets.Delete(ctx, account))
		}
		return failure.Refuse(fmt.Errorf("profile %s: not renamed: %w", o.name, err))
	}
	for _, account := range old {
		err = errors.Join(err, o.app.Secrets.Delete(ctx, account))
	}
	if err != nil {
		return fmt.Errorf("profile %s: renamed to %s, but a secret is still in the keyring under the old name: %w", o.name, o.new, err)
	}
	fmt.Fprintf(o.app.Streams.Err, "Renamed profile %s to %s.\n", o.name, o.new)
	return nil
}

// copySecrets copies the keyring entries whose accounts have the name of the profile. It returns the accounts of the old
// entries and those of the copies, also after an error. A missing entry is not an error.
func (o *renameOptions) copySecrets(ctx context.Context, loaded *config.Config) (old, copied []string, err error) {
	for _, account := range storedSecrets(loaded, o.name) {
		value, err := o.app.Secrets.Resolve(ctx, secret.FromKeyring(account), "")
		if failed, ok := errors.AsType[*secret.Error](err); ok && failed.Kind == secret.Missing {
			continue
		}
		moved := secret.Account(o.new, account[len(secret.Account(o.name, "")):])
		if err == nil {
			err = o.app.Secrets.Store(ctx, moved, value)
		}
		if err != nil {
			return old, copied, err
		}
		old, copied = append(old, account), append(copied, moved)
	}
	return old, copied, nil
}
