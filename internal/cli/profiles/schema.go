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
		Use:         "schema [NAME]",
		Short:       "Fetch the tenant's field definitions",
		Annotations: cmdutil.Changes(),
		Long: `Fetch the tenant's field definitions, if the provider documents them, and print
them unchanged or save them to a file.

Set schema-file of the profile to that file. Flags, forms, rosters and
validation then use the tenant's fields and rules. usher does not fetch them
again until you run this command.`,
		Example: `  usher profiles schema acme --save acme-schema.json
  usher profiles edit acme --schema-file acme-schema.json`,
		Args:              cmdutil.OptionalArg("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = nameOf(a, args)
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.save, "save", "", "write to `FILE` instead of standard output")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "save")
	return cmd
}

func fetchSchema(ctx context.Context, o *schemaOptions) error {
	selection, err := o.app.SelectPlain(o.name)
	if err != nil {
		return err
	}
	if err := app.Documented(selection.Adapter, provider.CapabilitySchema, "read the field definitions of a tenant"); err != nil {
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

// fetch returns the tenant's field definitions.
func (o *schemaOptions) fetch(ctx context.Context, selection *app.Selection) ([]byte, error) {
	connection, err := o.app.Connect(ctx, selection, app.ConnectOptions{})
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	source, ok := provider.As[provider.SchemaSource](connection.Client)
	if !ok {
		return nil, app.NotDocumented(selection.Adapter, "read the field definitions of a tenant")
	}
	text, err := source.Schema(ctx)
	if elsewhere, ok := errors.AsType[*provider.ElsewhereError](err); ok {
		name := selection.Profile.Name
		return nil, failure.Fail(failure.StatusFailed, err, failure.Note("for a self-hosted Ory Kratos, PUBLIC-URL is the address of its public port"),
			"curl -fsS -o "+name+".json PUBLIC-URL"+elsewhere.Path, "usher profiles edit "+name+" --"+provider.SchemaFile+" "+name+".json")
	}
	if err != nil {
		return nil, app.ProviderFailure(selection, err)
	}
	return text, nil
}

// report prints the path of the file and the command that adds it to the profile.
func (o *schemaOptions) report(selection *app.Selection, path string) {
	fmt.Fprintf(o.app.Streams.Err, "Saved the field definitions of %s to %s.\n", selection.Target, path)
	if !selection.Sandbox {
		fmt.Fprintf(o.app.Streams.Err, "next: usher profiles edit %s --%s %s\n", selection.Profile.Name, provider.SchemaFile, shell.Quote(path))
	}
}
