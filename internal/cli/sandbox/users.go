package sandbox

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// usersOptions are the dependencies and arguments of `usher sandbox users`.
type usersOptions struct {
	app      *app.App
	provider string
}

func newUsers(a *app.App, run func(context.Context, *usersOptions) error) *cobra.Command {
	o := &usersOptions{app: a}
	return &cobra.Command{
		Use:         "users [PROVIDER]",
		Short:       "List sandbox users",
		Annotations: cmdutil.Changes(),
		Example: `  usher sandbox users
  usher sandbox users evolution -o json`,
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

// userDoc is a user of the sandbox, for programs.
type userDoc struct {
	Schema string `json:"schema"`
	sandbox.User
}

func listUsers(ctx context.Context, o *usersOptions) error {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	return withStore(o.app, func(store *sandbox.Store) (err error) {
		list := printer.ListOf(ctx, "users", []render.Column{{Name: "provider", Whole: true}, {Name: "id", Whole: true}, {Name: "key", Whole: true}, {Name: "created", Spare: true}})
		defer func() { err = list.End(err) }()
		for user, err := range store.Users(ctx, o.provider) {
			if err != nil {
				return err
			}
			row := []string{user.Provider, user.ID, user.Key, user.CreatedAt.Format(time.RFC3339)}
			if err := list.Add(row, userDoc{"usher.sandbox-user/v1", user}, user.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
