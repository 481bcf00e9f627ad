package profiles

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
)

func newEdit(a *app.App, run func(context.Context, *options) error) *cobra.Command {
	o := newOptions(a)
	o.edits = true
	cmd := &cobra.Command{
		Use:         "edit NAME",
		Short:       "Change the settings of a profile",
		Annotations: cmdutil.Changes(cmdutil.Configuration),
		Long: `Change the settings of a profile that the flags specify. An empty value removes
a setting. The other settings, and the comments of a YAML file, are unchanged.

Without flags, on a terminal, the command prompts for the settings with their
present values, and writes only what you change.

The provider of a profile cannot be changed: add another profile.`,
		Example: `  usher profiles edit acme
  usher profiles edit acme --rate 5/s --default organization=org_123
  usher profiles edit acme --token-stdin < token.txt`,
		Args:              cmdutil.Args("NAME"),
		ValidArgsFunction: completeArg(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().SortFlags = false
	o.addFlags(cmd)
	return cmd
}

func edit(ctx context.Context, o *options) error {
	loaded, err := o.app.Config()
	if err != nil {
		return err
	}
	if err := loaded.Exists(o.name); err != nil {
		return failure.Refuse(err)
	}
	present, err := loaded.Stored(o.name)
	if err != nil {
		present = nil // the change may correct it
	}
	given, err := o.given()
	if err != nil {
		return err
	}
	if err := o.verify(present, given); err != nil {
		return err
	}
	return o.save(ctx, &interview{app: o.app, loaded: loaded, name: o.name, present: present, given: given, uses: o.use})
}
