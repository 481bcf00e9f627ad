package sandbox

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
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
		Use:   "reset [PROVIDER]",
		Short: "Remove the users that the sandbox holds",
		Long: `Remove the users that the sandbox holds, for one provider or for all, and what
the ledger remembers of them.`,
		Example: `  usher sandbox reset
  usher sandbox reset sulu`,
		Args:              kit.OptionalArg("PROVIDER"),
		ValidArgsFunction: completeProviders,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.provider, err = oneProvider(args); err != nil {
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
		fmt.Fprintf(o.app.Streams.Err, "Removed %d users from the sandbox.\n", removed)
		return nil
	})
}
