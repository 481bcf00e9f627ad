package profiles

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/pkg/provider"
)

// schemaOptions are the dependencies, arguments and flags of `usher profiles schema`.
type schemaOptions struct {
	app  *app.App
	name string
	save string
}

func newSchema(a *app.App, run func(context.Context, *schemaOptions) error) *cobra.Command {
	o := &schemaOptions{app: a}
	cmd := &cobra.Command{
		Use:   "schema [NAME]",
		Short: "Fetch what a profile's tenant says of its own fields",
		Long: `Fetch the tenant's own description of its fields, where the provider documents
one, and print it as it came, or save it in a file.

The profile's setting schema-file names that file. With it, flags, forms,
rosters and checks know the tenant's own fields and rules, and nothing is
fetched again until this command is run again.`,
		Example: `  usher profiles schema acme --save acme-schema.json
  usher profiles add acme --update --schema-file acme-schema.json`,
		Args:              cmdutil.OptionalArg("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = nameOf(a, args)
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.save, "save", "", "write it to `FILE` in place of standard output")
	return cmd
}

func fetchSchema(ctx context.Context, o *schemaOptions) error {
	selection, err := o.app.SelectPlain(o.name)
	if err != nil {
		return err
	}
	if err := app.Documented(selection.Adapter, provider.CapabilitySchema, "describe the fields of a tenant"); err != nil {
		return err
	}
	var file *report.File
	if o.save != "" {
		if file, err = report.Create(o.save); err != nil {
			return failure.Refuse(fmt.Errorf("--save: %w", err))
		}
	}
	text, err := o.fetch(ctx, selection)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if file == nil {
		_, err = o.app.Streams.Out.Write(text)
		return err
	}
	if _, err = file.Write(text); err == nil {
		err = file.Commit()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("--save: %w", err), file.Discard())
	}
	o.report(selection, file.Path())
	return nil
}

// fetch asks the tenant.
func (o *schemaOptions) fetch(ctx context.Context, selection *app.Selection) ([]byte, error) {
	connection, err := o.app.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	source, ok := connection.Client.(provider.SchemaSource)
	if !ok {
		return nil, app.NotDocumented(selection.Adapter, "describe the fields of a tenant")
	}
	text, err := source.Schema(ctx)
	if err != nil {
		return nil, app.ProviderFailure(selection, err)
	}
	return text, nil
}

// report says where the file is, and how a profile comes to use it.
func (o *schemaOptions) report(selection *app.Selection, path string) {
	fmt.Fprintf(o.app.Streams.Err, "The fields of %s are written to %s.\n", selection.Target, path)
	if !selection.Sandbox {
		fmt.Fprintf(o.app.Streams.Err, "next: usher profiles add %s --update --%s %s\n", selection.Profile.Name, provider.SchemaFile, shell.Quote(path))
	}
}
