package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/names"
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
	columns []string
	sort    string // a column, with a hyphen before it for descending order
	search  string
	names   *names.Resolver // of what users refer to

	// write is the roster to write instead of printing, and recipients are its age recipients.
	write      string
	recipients []string
}

func newList(a *app.App, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{app: a, filters: map[string]string{}}
	cmd := &cobra.Command{
		Use:         "list",
		Short:       "List users",
		Annotations: cmdutil.Changes(),
		Long: `List the provider's users, if it documents a list. Its documented filters are
flags, and the provider applies them. --search and --sort are applied by usher,
which reads all users for them.

A table shows who each user is: key, name, state and email address. TSV has the
fields that fit on a line, CSV all documented fields, JSON everything that the
provider returns. --columns selects the columns of table, TSV and CSV: any
documented field, and id, key, name, state and email.

usher prints users as they arrive, and stops reading at --limit. If the list
fails, it prints the users received so far and exits with a non-zero status.

CSV, JSON, NDJSON and YAML output is a roster: import, update and verify read it
unchanged. --write FILE writes a roster in any format, with the documented
fields, readable only by you.`,
		Example: `  # List the filters of a profile's provider
  usher users list -p sandbox-sulu --help

  usher users list -p sandbox-sulu --limit 20

  # Find a person, and list all by family name
  usher users list -p sandbox-sulu --search lovelace
  usher users list -p sandbox-sulu --columns lastName,firstName,email --sort lastName

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
	cmd.Flags().StringSliceVar(&o.columns, "columns", nil, "columns of table, tsv and csv, in this order: `NAME,...`")
	cmd.Flags().StringVar(&o.sort, "sort", "", "sort by this column: `NAME`, or -NAME for descending order")
	cmd.Flags().StringVar(&o.search, "search", "", "only users with this text in their id or in a documented field, or in the name of a role, organization or group")
	cmd.Flags().IntVar(&o.limit, "limit", 0, "maximum number of users; 0 for all")
	cmd.Flags().StringVarP(&o.write, "write", "w", "", "write a roster to this file instead (."+strings.Join(formatNames(roster.Formats()), ", .")+")")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "write")
	cmd.Flags().StringArrayVar(&o.recipients, "recipient", nil, "encrypt the file to this age recipient: `age1...` (repeatable); requires --write")
	noFiles(cmd, "limit", "recipient", "search")
	for _, flag := range []string{"columns", "sort"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, o.completeColumns)
	}
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

// completeColumns completes the names of columns, also after a comma, and after the minus of a descending order.
func (o *listOptions) completeColumns(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	if o.problem != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	before := begun[:1+strings.LastIndexByte(begun, ',')]
	if strings.HasPrefix(begun, "-") {
		before = "-"
	}
	var completions []string
	for _, name := range (listColumns{adapter: o.selection.Adapter}).names() {
		completions = append(completions, before+name)
	}
	return completions, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func list(ctx context.Context, o *listOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.write != "" || len(o.recipients) > 0 {
		return o.writeRoster(ctx)
	}
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	if len(o.columns) > 0 && (printer.PrintsDocuments() || printer.PrintsIDs()) {
		return failure.Refuse(errors.New("--columns requires -o table, tsv or csv; JSON documents are complete (--jq selects their properties)"))
	}
	connection, err := o.app.Connect(ctx, o.selection, app.ConnectOptions{})
	if err != nil {
		return err
	}
	defer connection.Close()
	o.useNames(ctx, connection)
	columns, err := o.chooseColumns(printer)
	if err != nil {
		return err
	}
	return o.print(ctx, printer, columns, provider.Must[provider.Lister](connection.Client))
}

// check returns an error for flags that cannot be used.
func (o *listOptions) check() error {
	if o.limit < 0 {
		return failure.Refuse(errors.New("--limit must be 0 (no limit) or more"))
	}
	all := listColumns{adapter: o.selection.Adapter}
	if _, err := all.chosen(o.columns); err != nil {
		return err
	}
	if o.sort == "" {
		return nil
	}
	_, err := all.column("sort", strings.TrimPrefix(o.sort, "-"))
	return err
}

// useNames makes the list use the names of what users refer to, which are read when they are first needed.
func (o *listOptions) useNames(ctx context.Context, connection *app.Connection) {
	o.names = app.Names(ctx, o.app, o.selection, app.NewLazyConnection(func() (*app.Connection, error) { return connection, nil }))
}

// chooseColumns returns the columns of --columns, or those of the format.
func (o *listOptions) chooseColumns(printer *render.Printer) ([]userColumn, error) {
	all := listColumns{adapter: o.selection.Adapter}
	if printer.ForPeople() {
		all.resolver = o.names
	}
	switch {
	case len(o.columns) > 0:
		return all.chosen(o.columns)
	case printer.ForPeople():
		return all.forPeople(), nil
	default:
		return all.forPrograms(printer.NamesColumns()), nil
	}
}

// print prints the list.
func (o *listOptions) print(ctx context.Context, printer *render.Printer, columns []userColumn, lister provider.Lister) (err error) {
	out := printer.List(ctx, printed(columns))
	lossy := newLossy(documented(columns))
	if printer.NamesColumns() {
		defer func() { lossy.warn(o.app.Streams) }()
	}
	listed, err := o.each(ctx, lister, func(user provider.User, record schema.Record) error {
		lossy.add(record)
		return out.Add(cells(columns, user, record), job.NewUserDoc(o.selection, job.StateExisting, user), user.ID)
	})
	if err := out.End(err); err != nil {
		return err
	}
	o.sum(listed, printer.ForPeople())
	return nil
}

// listed counts the users of a list.
type listed struct {
	// read are those that the provider returned, matched those that --search selects, and shown those within --limit.
	read, matched, shown int
}

// sum ends a list for people with the number of users. A limit that was reached is reported for every format.
func (o *listOptions) sum(n listed, forPeople bool) {
	streams := o.app.Streams
	switch {
	case o.limit > 0 && n.shown == o.limit && n.matched > n.shown:
		streams.Say("", fmt.Sprintf("Showing %s of %s (--limit).", progress.Number(n.shown), progress.Count(n.matched, "user")))
	case o.limit > 0 && n.shown == o.limit && o.sort == "":
		streams.Say("", fmt.Sprintf("Stopped after %s (--limit).", progress.Count(n.shown, "user")))
	case !forPeople:
	case n.shown == 0 && n.read > 0:
		streams.Say("", fmt.Sprintf("No user of %s matches the search.", progress.Number(n.read)))
	case n.shown == 0:
		streams.Say("", fmt.Sprintf("No users%s.", map[bool]string{true: " match the filter"}[len(o.filters) > 0]))
	case streams.ErrIsTerminal() && n.shown < n.read:
		streams.Say("", fmt.Sprintf("%s of %s", progress.Number(n.shown), progress.Count(n.read, "user")))
	case streams.ErrIsTerminal():
		streams.Say("", progress.Count(n.shown, "user"))
	}
}

// each calls a function for each user that the flags select, in the order of --sort, and reports what the list lacks.
func (o *listOptions) each(ctx context.Context, lister provider.Lister, add func(provider.User, schema.Record) error) (listed, error) {
	if o.sort != "" {
		return o.inOrder(ctx, lister, add)
	}
	return o.asTheyArrive(ctx, lister, o.limit, add)
}

// asTheyArrive calls a function for each user that --search selects, up to a limit.
func (o *listOptions) asTheyArrive(ctx context.Context, lister provider.Lister, limit int, add func(provider.User, schema.Record) error) (n listed, err error) {
	matches := o.matcher()
	for user, err := range lister.List(ctx, o.filters) {
		switch {
		case provider.IsIncomplete(err):
			o.app.Streams.Warn(incomplete(err))
			return n, nil
		case err != nil:
			return n, o.brokenOff(n.shown, err)
		}
		n.read++
		record := user.Record(o.selection.Adapter.Table)
		if !matches(user, record) {
			continue
		}
		if err := add(user, record); err != nil {
			return n, err
		}
		n.matched++
		n.shown++
		if n.shown == limit {
			break // before the provider is asked for more
		}
	}
	return n, nil
}

// matcher returns the function that reports whether --search selects a user.
func (o *listOptions) matcher() func(provider.User, schema.Record) bool {
	if o.search == "" {
		return func(provider.User, schema.Record) bool { return true }
	}
	wanted := schema.KeyForm(o.search)
	columns := append((listColumns{adapter: o.selection.Adapter}).searched(), (listColumns{adapter: o.selection.Adapter, resolver: o.names}).references()...)
	return func(user provider.User, record schema.Record) bool {
		return slices.ContainsFunc(columns, func(c userColumn) bool { return strings.Contains(schema.KeyForm(c.value(user, record)), wanted) })
	}
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
