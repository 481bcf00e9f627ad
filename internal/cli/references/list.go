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

// listOptions are the dependencies of `usher groups list` and its like.
type listOptions struct {
	app  *app.App
	kind app.Kind
}

func newList(a *app.App, kind app.Kind, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{app: a, kind: kind}
	sandbox := "sandbox-evolution"
	if kind.Name == provider.Group {
		sandbox = "sandbox-scim"
	}
	return &cobra.Command{
		Use:         "list",
		Short:       fmt.Sprintf("List %s with their id and name", kind.Plural),
		Annotations: cmdutil.Changes(),
		Long: fmt.Sprintf(`List all %s with their id and name. Fields and
flags that refer to one accept either.`, kind.Plural),
		Example: fmt.Sprintf(`  usher %[1]s list -p %[2]s
  usher %[1]s list -p %[2]s --jq '.[] | .name'`, kind.Plural, sandbox),
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
}

// entryDoc is usher.group/v1, usher.role/v1 and usher.organization/v1.
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
	out := printer.ListOf(ctx, o.kind.Plural, []render.Column{{Name: "id", Whole: true}, {Name: "name", Wrap: true}})
	defer func() { err = out.End(err) }()
	for entry, err := range app.Entries(ctx, o.app, selection, connection.Client, o.kind.Name) {
		if err != nil {
			return listFailure(selection, err)
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

// listFailure returns the failure of a list that ended early.
func listFailure(selection *app.Selection, err error) error {
	if errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; the list is incomplete"))
	}
	return app.ProviderFailure(selection, err)
}
