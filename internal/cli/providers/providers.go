// Package providers implements the commands that show what is supported.
package providers

import (
	"context"
	"errors"
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
	}, newList(a, list), newShow(a, show), newAdd(a, add), newDraft(a, writeDraft), newCheck(a, check))
}

func newList(a *app.App, run func(context.Context, *app.App) error) *cobra.Command {
	return &cobra.Command{
		Use:         "list",
		Short:       "List providers",
		Annotations: cmdutil.Changes(),
		Example:     "  usher providers list",
		Args:        cmdutil.Args(),
		RunE:        func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), a) },
	}
}

func list(ctx context.Context, a *app.App) (err error) {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	out := printer.List(ctx, []render.Column{{Name: "name", Whole: true}, {Name: "vendor", Spare: true}, {Name: "key"}, {Name: "operations", Wrap: true}})
	defer func() { err = errors.Join(err, out.Close()) }()
	all, failed := a.Providers()
	for _, adapter := range all {
		var operations []string
		for _, operation := range adapter.Endpoints {
			operations = append(operations, string(operation.Capability))
		}
		row := []string{adapter.Name, adapter.Vendor, adapter.Key, strings.Join(operations, ", ")}
		if err := out.Add(row, documentOf(a, adapter), adapter.Name); err != nil {
			return err
		}
	}
	if failed != nil {
		return failure.Refuse(failed)
	}
	return nil
}

// find returns the adapter with this name.
func find(a *app.App, name string) (provider.Adapter, error) {
	adapter, known, err := a.Provider(name)
	switch {
	case err != nil:
		return provider.Adapter{}, failure.Refuse(err)
	case !known:
		return provider.Adapter{}, failure.Refuse(fmt.Errorf("unknown provider %q%s", name, schema.Suggestion(name, a.ProviderNames())), "usher providers list")
	default:
		return adapter, nil
	}
}
