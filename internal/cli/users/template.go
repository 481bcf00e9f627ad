package users

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/schema"
)

// templateOptions are the dependencies and flags of `usher users template`.
type templateOptions struct {
	app    *app.App
	format string
}

func templateFormats() []string { return formatNames(roster.Formats()) }

func newTemplate(a *app.App, run func(*templateOptions) error) *cobra.Command {
	o := &templateOptions{app: a}
	cmd := &cobra.Command{
		Use:         "template",
		Short:       "Write an empty roster",
		Annotations: cmdutil.Changes(),
		Long: `Write an empty roster to standard output, with one column for each field of the
profile's provider. A roster may also have the column groups, with names of
groups: see usher users groups add --help.`,
		Example: `  usher users template -p sandbox-sulu > people.csv
  usher users template -p sandbox-evolution --format xlsx > people.xlsx`,
		Args: cmdutil.Args(),
		RunE: func(*cobra.Command, []string) error { return run(o) },
	}
	cmd.Flags().StringVar(&o.format, "format", "csv", "format: "+strings.Join(templateFormats(), ", "))
	cmdutil.OneOf(cmd, "format", templateFormats())
	return cmd
}

func writeTemplate(o *templateOptions) error {
	selection, err := o.app.Selected()
	if err != nil {
		return err
	}
	if !slices.Contains(templateFormats(), o.format) {
		return failure.Refuse(fmt.Errorf("--format %q: must be one of %s%s", o.format, strings.Join(templateFormats(), ", "), schema.Suggestion(o.format, templateFormats())))
	}
	format := roster.Format(o.format)
	if format.IsBinary() && o.app.Streams.OutIsTerminal() {
		return failure.Refuse(fmt.Errorf("%s output requires a file or pipe", format),
			fmt.Sprintf("usher users template -p %s --format %s > people.%s", selection.Profile.Name, format, format))
	}
	return roster.Template(o.app.Streams.Out, selection.Adapter.Table, format)
}
