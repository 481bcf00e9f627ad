package users

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// verifyOptions are the dependencies, arguments and flags of `usher users verify`.
type verifyOptions struct {
	app       *app.App
	selection *app.Selection
	roster    job.Roster
	pace      job.Pace
	settle    job.SettleAfter
	states    []string
	results   string
	scope     []string
	inScope   func(provider.User) bool // nil without a scope
	command   job.Command              // this command line, for next steps
}

func newVerify(a *app.App, run func(context.Context, *verifyOptions) error) *cobra.Command {
	o := &verifyOptions{app: a}
	cmd := &cobra.Command{
		Use:         "verify FILE",
		Short:       "Compare a roster with the provider's users",
		Annotations: cmdutil.Changes(),
		Long: `Compare a roster (- for standard input, profile:NAME for the users of another
profile) with the provider's users: whether each user exists and which
documented fields differ. Nothing is changed.

A row requires only the natural key. Empty cells and write-only fields such as
passwords are not compared; the profile's defaults are not used. Each row is
same, differs, missing (confirmed absent), not_found (absence not confirmed),
invalid or unchecked (no response from the provider). With --scope, users who
are at the provider and not in the roster follow as extra.

The exit status is 0 if all rows are the same, and 3 if one differs or is
missing, or if a user is extra.`,
		Example: `  # Compare a spreadsheet with the provider
  usher users verify people.csv -p sandbox-sulu

  # Print only the differences, one JSON document a line
  usher users verify people.xlsx -p sandbox-sulu --state differs,missing -o ndjson`,
		Args:              cmdutil.Args("FILE"),
		ValidArgsFunction: completeRosters,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.selection, err = a.Selected(); err != nil {
				return err
			}
			o.roster.File = args[0]
			o.pace.Given = cmd.Flags().Changed("concurrency")
			path, err := absolute(args[0])
			if err != nil {
				return err
			}
			if o.command, err = locate(cmd.Flags(), []string{"users", "verify", path}, o.selection.Profile.Name, args[0]); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	addRosterFlags(cmd, &o.roster)
	completeRosterFlags(cmd, o.app, &o.roster)
	addPaceFlags(cmd, &o.pace)
	addSettleFlag(cmd, &o.settle)
	flags.StringArrayVar(&o.scope, "scope", nil, "list extra users too, among these: all, or `FIELD=VALUE` (repeatable; all must match)")
	noFiles(cmd, "scope")
	flags.StringSliceVar(&o.states, "state", nil, "only rows in this state (repeatable)")
	flags.StringVar(&o.results, "results", "", "write one result per row to this file (.csv, .ndjson, .json)")
	cmdutil.FlagChanges(cmd, cmdutil.Files, "results")
	cmdutil.OneOf(cmd, "state", stateNames())
	return cmd
}

func stateNames() []string {
	var names []string
	for _, state := range amend.DiffStates() {
		names = append(names, string(state))
	}
	return names
}

// check returns an error for invalid flags, and for a provider without a documented lookup.
func (o *verifyOptions) check() error {
	for _, name := range o.states {
		if !slices.Contains(stateNames(), name) {
			return failure.Refuse(fmt.Errorf("--state %q: must be one of %s%s", name, strings.Join(stateNames(), ", "), schema.Suggestion(name, stateNames())))
		}
	}
	if err := cmp.Or(o.pace.Check(), o.settle.Check()); err != nil {
		return err
	}
	if len(o.scope) > 0 {
		if err := app.Documented(o.selection.Adapter, provider.CapabilityList, "list the users"); err != nil {
			return err
		}
		var err error
		if o.inScope, err = job.ScopeOf(o.selection.Adapter.Table, o.scope); err != nil {
			return err
		}
	}
	return job.CanAsk(o.selection.Adapter)
}

// verify runs the command.
func verify(ctx context.Context, o *verifyOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	options, err := o.pace.Options(o.app, o.selection.Profile)
	if err != nil {
		return err
	}
	reader := job.NewReader(o.app, o.selection, o.roster)
	reader.Again = o.command.Again
	results, err := reader.PrepareResults(o.results)
	if err != nil {
		return err
	}
	if results != nil {
		defer func() { _ = results.Discard() }() // no effect after Commit
	}
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	link := reader.Link(ctx, options)
	defer link.Close()
	read, err := reader.ReadExisting(ctx, book, link)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, read.Close()) }()
	connection, err := link.Get()
	if err != nil {
		return err
	}
	v := &verification{o: o, c: &amend.Comparison{Import: read.Intake, ReadOnly: true}, reading: read.Reading, results: results, names: app.Names(ctx, o.app, o.selection, link)}
	if o.inScope != nil {
		v.extras = &amend.Extras{Comparison: v.c, InScope: o.inScope}
		v.c.Found = v.extras.Add
	}
	options = o.settle.With(o.selection.Profile, options, o.selection.Adapter, connection.Client)
	v.unchecked = reader.AskAbout(ctx, v.c, connection, read.Reading.Rows-read.Reading.Invalid, options)
	if v.unchecked != nil && !errors.Is(v.unchecked, job.ErrSomeUnchecked) {
		return o.notCompared(v.unchecked)
	}
	return v.report(ctx)
}

// notCompared returns the failure of a comparison without any response.
func (o *verifyOptions) notCompared(err error) error {
	if errors.Is(err, engine.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted; nothing was compared"))
	}
	return app.ProviderFailure(o.selection, fmt.Errorf("could not compare the users: %w", err))
}
