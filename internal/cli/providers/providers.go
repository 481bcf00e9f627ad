// Package providers implements the commands that show what is supported.
package providers

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// New returns a new `usher providers` command.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "providers",
		Short: "List supported providers and their fields",
	}, newList(a, list), newShow(a, show))
}

func newList(a *app.App, run func(context.Context, *app.App) error) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List providers",
		Example: "  usher providers list",
		Args:    cmdutil.Args(),
		RunE:    func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), a) },
	}
}

func list(ctx context.Context, a *app.App) (err error) {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	out := printer.List(ctx, []render.Column{{Name: "name", Whole: true}, {Name: "vendor"}, {Name: "key"}, {Name: "operations"}})
	defer func() { err = out.End(err) }()
	for _, adapter := range a.Adapters {
		var operations []string
		for _, operation := range adapter.Endpoints {
			operations = append(operations, string(operation.Capability))
		}
		row := []string{adapter.Name, adapter.Vendor, adapter.Key, strings.Join(operations, ", ")}
		if err := out.Add(row, describe(adapter), adapter.Name); err != nil {
			return err
		}
	}
	return nil
}

// find returns the adapter with this name.
func find(a *app.App, name string) (provider.Adapter, error) {
	var names []string
	for _, adapter := range a.Adapters {
		if adapter.Name == name {
			return adapter, nil
		}
		names = append(names, adapter.Name)
	}
	return provider.Adapter{}, failure.Refuse(fmt.Errorf("unknown provider %q%s", name, schema.Suggestion(name, names)), "usher providers list")
}
