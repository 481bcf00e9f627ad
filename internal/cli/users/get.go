package users

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/job"
)

// getOptions are the dependencies and arguments of `usher users get`.
type getOptions struct {
	app *app.App
	key string
}

func newGet(a *app.App, run func(context.Context, *getOptions) error) *cobra.Command {
	o := &getOptions{app: a}
	return &cobra.Command{
		Use:         "get KEY",
		Short:       "Show one user",
		Annotations: cmdutil.Changes(),
		Long: `Show one user as the provider returns it.

KEY is the natural key, for example the email address, if the provider documents
a lookup. Otherwise, or if no user has that key, KEY is the provider's id or
the external id (Ory and SCIM).`,
		Example: `  usher users get ada@example.com -p sandbox-sulu

  # Print one field
  usher users get ada@example.com -p sandbox-sulu --jq .user.phone`,
		Args:              cmdutil.Args("KEY"),
		ValidArgsFunction: cmdutil.CompleteKeys(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.key = args[0]
			return run(cmd.Context(), o)
		},
	}
}

func get(ctx context.Context, o *getOptions) error {
	selection, err := o.app.Selected()
	if err != nil {
		return err
	}
	if err := app.CanLocate(selection.Adapter); err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err
	}
	connection, user, err := app.ConnectTo(ctx, o.app, selection, o.key)
	if err != nil {
		return err
	}
	defer connection.Close()
	return job.PrintUser(ctx, o.app, selection, job.StateExisting, user)
}
