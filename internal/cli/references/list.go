package references

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/pkg/provider"
)

// listOptions are the dependencies of `usher roles list` and `usher
// organizations list`.
type listOptions struct {
	app  *app.App
	kind app.Kind
}

func newList(a *app.App, kind app.Kind, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{app: a, kind: kind}
	return &cobra.Command{
		Use:   "list",
		Short: fmt.Sprintf("List %s with their id and name", kind.Plural),
		Long: fmt.Sprintf(`List all %s with their id and name. Fields that refer to one accept
either.`, kind.Plural),
		Example: fmt.Sprintf(`  usher %[1]s list -p sandbox-evolution
  usher %[1]s list -p sandbox-evolution --jq '.[] | .name'`, kind.Plural),
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
}

// entryDoc is usher.role/v1 and usher.organization/v1.
type entryDoc struct {
	Schema     string          `json:"schema"`
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Attributes json.RawMessage `json:"attributes"`
}

// list runs the command.
func list(ctx context.Context, o *listOptions) (err error) {
	selection, err := o.app.Selected()
	if err != nil {
		return err
	}
	if err := app.Documented(selection.Adapter, o.kind.Capability, "list "+o.kind.Plural); err != nil {
		return err
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	connection, err := o.app.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	o.printOrigin(selection.Adapter)
	out := printer.List(ctx, []render.Column{{Name: "id", Whole: true}, {Name: "name"}})
	defer func() { err = out.End(err) }()
	for entry, err := range app.Entries(ctx, o.app, selection, connection.Client, o.kind.Name) {
		if err != nil {
			return o.failed(selection, err)
		}
		doc := entryDoc{Schema: o.kind.Schema, ID: entry.ID, Name: entry.Name, Attributes: entry.Attributes}
		if doc.Attributes == nil {
			doc.Attributes = json.RawMessage("{}")
		}
		if err := out.Add([]string{entry.ID, entry.Name}, doc, entry.ID); err != nil {
			return err
		}
	}
	return nil
}

// printOrigin prints a line if a list is gathered from the users, because the provider documents no other way.
func (o *listOptions) printOrigin(adapter provider.Adapter) {
	own, _ := adapter.Endpoint(o.kind.Capability)
	users, _ := adapter.Endpoint(provider.CapabilityList)
	if own.Request == users.Request {
		fmt.Fprintf(o.app.Streams.Err, "Showing the %s that users belong to; %s documents no complete list.\n", o.kind.Plural, adapter.Vendor)
	}
}

func (o *listOptions) failed(selection *app.Selection, err error) error {
	if errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; the list is incomplete"))
	}
	return app.ProviderFailure(selection, err)
}
