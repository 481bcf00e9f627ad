package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// resetOptions are the dependencies and arguments of `usher sandbox reset`.
type resetOptions struct {
	app      *app.App
	provider string
}

func newReset(a *app.App, run func(context.Context, *resetOptions) error) *cobra.Command {
	o := &resetOptions{app: a}
	return &cobra.Command{
		Use:         "reset [PROVIDER]",
		Short:       "Remove all sandbox users",
		Annotations: cmdutil.Changes(cmdutil.Sandbox),
		Long: `Remove all sandbox users of one provider or of all providers, and forget them
in the ledger.`,
		Example: `  usher sandbox reset
  usher sandbox reset sulu`,
		Args:              cmdutil.OptionalArg("PROVIDER"),
		ValidArgsFunction: completeProviders(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.provider, err = oneProvider(a, args); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
}

func reset(ctx context.Context, o *resetOptions) error {
	return withStore(o.app, func(store *sandbox.Store) error {
		removed, err := store.Reset(ctx, o.provider)
		if err != nil {
			return err
		}
		if err := o.forget(ctx); err != nil {
			return err
		}
		users := "users"
		if removed == 1 {
			users = "user"
		}
		fmt.Fprintf(o.app.Streams.Err, "Removed %d %s from the sandbox.\n", removed, users)
		return nil
	})
}

// forget removes the sandbox's users from the ledger: an import would count them as existing otherwise.
func (o *resetOptions) forget(ctx context.Context) (err error) {
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	for _, name := range served(o.app) {
		if o.provider != "" && o.provider != name {
			continue
		}
		if err := forgetTarget(ctx, book, o.app.SandboxTarget(name)); err != nil {
			return err
		}
	}
	return nil
}

func forgetTarget(ctx context.Context, book ledger.Store, target string) (err error) {
	lock, err := book.Lock(ctx, target)
	if err != nil {
		return failure.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if _, err := lock.SettleAllAbsent(ctx); err != nil {
		return err
	}
	for run, err := range book.Runs(ctx) {
		if err != nil {
			return err
		}
		if run.Target != target {
			continue
		}
		if _, err := lock.Forget(ctx, run); err != nil {
			return err
		}
	}
	return nil
}
