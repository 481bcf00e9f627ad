package keys

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/pkg/provider"
)

// listOptions are the dependencies and arguments of `usher users keys list`.
type listOptions struct {
	app  *app.App
	user string
}

func newList(a *app.App, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{app: a}
	return &cobra.Command{
		Use:         "list KEY",
		Short:       "List a user's API keys (masked)",
		Annotations: cmdutil.Changes(),
		Long: `List the API keys of the user with this natural key or id. The keys are masked:
enough to identify them, not to use them.`,
		Example: `  usher users keys list ada@example.com -p sandbox-sulu
  usher users keys list ada@example.com -p sandbox-sulu -o json`,
		Args:              cmdutil.Args("KEY"),
		ValidArgsFunction: cmdutil.CompleteKeys(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.user = args[0]
			return run(cmd.Context(), o)
		},
	}
}

// list runs the command.
func list(ctx context.Context, o *listOptions) (err error) {
	selection, err := o.app.Selected()
	if err != nil {
		return err
	}
	if err := errors.Join(app.Documented(selection.Adapter, provider.CapabilityAPIKeys, "list a user's API keys"), app.CanLocate(selection.Adapter)); err != nil {
		return err
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	if printer.PrintsIDs() {
		return errNoID()
	}
	connection, user, err := app.ConnectTo(ctx, o.app, selection, o.user)
	if err != nil {
		return err
	}
	defer connection.Close()
	found, err := provider.Must[provider.APIKeyManager](connection.Client).APIKeys(ctx, user.ID)
	if err != nil {
		return app.ProviderFailure(selection, err)
	}
	shown := []render.Column{{Name: "key", Whole: true}}
	for _, column := range columns() {
		shown = append(shown, render.Column{Name: column, Wrap: true})
	}
	out := printer.ListOf(ctx, "API keys", shown)
	defer func() { err = out.End(err) }()
	for _, key := range found {
		doc := describe(selection, user, key)
		if err := out.Add(append([]string{doc.Key}, cells(doc.Attributes)...), doc, ""); err != nil {
			return err
		}
	}
	return nil
}
