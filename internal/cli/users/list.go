package users

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// listOptions are the dependencies and flags of `usher users list`.
type listOptions struct {
	app *app.App

	selection *app.Selection // nil if the profile cannot be resolved; problem is the reason
	problem   error

	filters map[string]string // by documented name; only those that were specified
	limit   int

	// write is the roster to write instead of printing, and recipients are its age recipients.
	write      string
	recipients []string
}

func newList(a *app.App, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{app: a, filters: map[string]string{}}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List users",
		Long: `List the provider's users, if it documents a list. Its documented filters are
flags.

usher prints users as they arrive. Tables and TSV show the fields that fit on a
line, CSV all documented fields, JSON everything that the provider returns. If
the list fails, usher prints the users received so far and exits with a non-zero
status.

CSV, JSON, NDJSON and YAML output is a roster: import, update and verify read it
unchanged. --write FILE writes a roster in any format, with the documented
fields, readable only by you.`,
		Example: `  # List the filters of a profile's provider
  usher users list -p sandbox-sulu --help

  usher users list -p sandbox-sulu --limit 20

  # Print all users, one JSON document a line
  usher users list -p sandbox-sulu -o ndjson > users.ndjson

  # Write all users to a workbook
  usher users list -p sandbox-sulu --write users.xlsx`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.problem != nil {
				return o.problem
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().IntVar(&o.limit, "limit", 0, "maximum number of users; 0 for all")
	cmd.Flags().StringVar(&o.write, "write", "", "write a roster to this file instead (."+strings.Join(formatNames(roster.Formats()), ", .")+")")
	cmd.Flags().StringArrayVar(&o.recipients, "recipient", nil, "encrypt the file to this age recipient: `age1...` (repeatable); requires --write")
	noFiles(cmd, "limit", "recipient")
	a.Prepare[cmd] = func() { o.prepare(cmd) }
	return cmd
}

// prepare adds the filters of the profile's provider to the command. If they are not known, the command accepts any
// flag, so that the reason is reported.
func (o *listOptions) prepare(cmd *cobra.Command) {
	o.selection, o.problem = o.app.Selected()
	if o.problem == nil {
		o.problem = app.Documented(o.selection.Adapter, provider.CapabilityList, "list users")
	}
	if o.problem != nil {
		cmd.FParseErrWhitelist.UnknownFlags = true
		return
	}
	for _, filter := range o.selection.Adapter.Filters {
		name := schema.Kebab(filter.Name)
		if cmd.Flags().Lookup(name) != nil {
			continue
		}
		cmd.Flags().Var(filterFlag{filter.Name, o.filters}, name, filter.Help)
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions)
	}
}

// filterFlag stores the value of one documented filter.
type filterFlag struct {
	name  string
	given map[string]string
}

func (f filterFlag) String() string { return "" }

func (f filterFlag) Type() string { return "string" }

// Set implements [pflag.Value]. It refuses an empty value, which is probably an unset variable: the provider could
// ignore the filter.
func (f filterFlag) Set(text string) error {
	if text == "" {
		return errors.New("empty filter; omit it to list all users")
	}
	f.given[f.name] = text
	return nil
}

func list(ctx context.Context, o *listOptions) error {
	if o.limit < 0 {
		return failure.Refuse(errors.New("--limit must be 0 (no limit) or more"))
	}
	if o.write != "" || len(o.recipients) > 0 {
		return o.writeRoster(ctx)
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	connection, err := o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	return o.print(ctx, printer, provider.Must[provider.Lister](connection.Client))
}

// print prints the list.
func (o *listOptions) print(ctx context.Context, printer *render.Printer, lister provider.Lister) (err error) {
	shown := listedFields(o.selection.Adapter, printer.NamesColumns())
	out := printer.List(ctx, listColumns(o.selection.Adapter, shown))
	defer func() { err = out.End(err) }()
	lossy := newLossy(shown)
	if printer.NamesColumns() {
		defer func() { lossy.warn(o.app.Streams) }()
	}
	return o.each(ctx, lister, func(user provider.User) error {
		record := user.Record(o.selection.Adapter.Table)
		lossy.add(record)
		return out.Add(rowOf(user, record, shown), job.NewUserDoc(o.selection, job.StateExisting, user), user.ID)
	})
}

// each calls a function for each user, up to the limit, and reports what the list lacks.
func (o *listOptions) each(ctx context.Context, lister provider.Lister, add func(provider.User) error) error {
	added := 0
	for user, err := range lister.List(ctx, o.filters) {
		switch {
		case o.limit > 0 && added == o.limit:
			if err == nil {
				fmt.Fprintf(o.app.Streams.Err, "Showing the first %s; there are more (--limit).\n", progress.Count(o.limit, "user"))
			}
			return nil
		case provider.IsIncomplete(err):
			fmt.Fprintf(o.app.Streams.Err, "%s %s\n", o.app.Streams.ErrStyle().Yellow("warning:"), incomplete(err))
			return nil
		case err != nil:
			return o.brokenOff(added, err)
		}
		if err := add(user); err != nil {
			return err
		}
		added++
	}
	return nil
}

// incomplete returns the reason why a list may be incomplete, on one line.
func incomplete(err error) string {
	return strings.ReplaceAll(errors.Unwrap(err).Error(), "\n", ": ")
}

// brokenOff returns the failure of a list that ended early, after so many users were printed.
func (o *listOptions) brokenOff(printed int, cause error) error {
	if printed > 0 {
		cause = fmt.Errorf("incomplete list: failed after %s: %w", progress.Count(printed, "user"), cause)
	}
	return app.ProviderFailure(o.selection, cause)
}

// listedFields returns the fields that a list shows in addition to id and natural key: all readable fields, or only
// those that fit on a line.
func listedFields(adapter provider.Adapter, all bool) schema.Table {
	var listed schema.Table
	for _, field := range job.OtherFields(adapter) {
		if fits := !field.Kind.IsList() && len(field.WirePath()) == 1; !amend.Incomparable(field) && (all || fits) {
			listed = append(listed, field)
		}
	}
	return listed
}

// listColumns returns the columns of a list. The id is never truncated if there is no natural key; otherwise it is
// truncated on a narrow terminal in favour of the other fields.
func listColumns(adapter provider.Adapter, shown schema.Table) []render.Column {
	_, finds := adapter.Endpoint(provider.CapabilityFind)
	columns := []render.Column{{Name: "id", Whole: !finds}, {Name: adapter.Key, Whole: true}}
	for _, field := range shown {
		columns = append(columns, render.Column{Name: roster.Header(field)})
	}
	return columns
}

func rowOf(user provider.User, record schema.Record, shown schema.Table) []string {
	row := make([]string, 0, len(shown)+2)
	row = append(row, user.ID, user.Key)
	for _, field := range shown {
		row = append(row, field.Text(record[field.Name]))
	}
	return row
}
