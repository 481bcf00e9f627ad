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
	"github.com/bring-aboard/usher/pkg/schema"
)

// verifyOptions are the dependencies, arguments and flags of `usher users verify`.
type verifyOptions struct {
	app       *app.App
	selection *app.Selection
	roster    job.Roster
	pace      job.Pace
	settle    job.SettleAfter
	statuses  []string
	results   string
}

func newVerify(a *app.App, run func(context.Context, *verifyOptions) error) *cobra.Command {
	o := &verifyOptions{app: a}
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Compare a roster with the users that the provider has",
		Long: `Compare a roster, or - for standard input, with the users that the provider has:
for each row whether the user exists, and which documented fields differ.
Nothing is changed.

A row needs the natural key and nothing else. What a cell does not give is not
compared, nor are the fields that cannot be read back, such as passwords; the
defaults of the profile do not count. Each row is same, differs, missing,
invalid (it has faults) or unasked (the provider gave no answer).

The exit status is 0 where all rows are the same, and 3 where one differs or is
missing.`,
		Example: `  # Did the import do what the spreadsheet says?
  usher users verify people.csv -p sandbox-sulu

  # Only what is not as it should be, for a program
  usher users verify people.xlsx -p sandbox-sulu --status differs,missing -o ndjson`,
		Args:              cmdutil.Args("FILE"),
		ValidArgsFunction: completeRosters,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.selection, err = a.Selected(); err != nil {
				return err
			}
			o.roster.File = args[0]
			o.pace.Given = cmd.Flags().Changed("concurrency")
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	addRosterFlags(cmd, &o.roster)
	addPaceFlags(cmd, &o.pace)
	addSettleFlag(cmd, &o.settle)
	flags.StringSliceVar(&o.statuses, "status", nil, "print only rows with this status, repeatable")
	flags.StringVar(&o.results, "results", "", "write a line for each row to this file (.csv, .ndjson, .json)")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statusNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func statusNames() []string {
	var names []string
	for _, status := range amend.DiffStates() {
		names = append(names, string(status))
	}
	return names
}

// check refuses flags that mean nothing, and providers that cannot be asked.
func (o *verifyOptions) check() error {
	for _, name := range o.statuses {
		if !slices.Contains(statusNames(), name) {
			return failure.Refuse(fmt.Errorf("--status %q is none of %s%s", name, strings.Join(statusNames(), ", "), schema.Suggestion(name, statusNames())))
		}
	}
	if err := cmp.Or(o.pace.Check(), o.settle.Check()); err != nil {
		return err
	}
	return job.CanAsk(o.selection.Adapter)
}

// verify runs the command: read, validate, ask, compare.
func verify(ctx context.Context, o *verifyOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	options, err := o.pace.Options(o.app, o.selection.Profile)
	if err != nil {
		return err
	}
	reader := job.NewReader(o.app, o.selection, o.roster)
	results, err := reader.PrepareResults(o.results)
	if err != nil {
		return err
	}
	if results != nil {
		defer func() { _ = results.Discard() }() // after Commit it does nothing
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
	c := &amend.Comparison{Import: read.Intake, ReadOnly: true}
	options = o.settle.With(o.selection.Profile, options, o.selection.Adapter, connection.Client)
	unasked := reader.AskAbout(ctx, c, connection, read.Reading.Rows-read.Reading.Invalid, options)
	if unasked != nil && !errors.Is(unasked, job.ErrSomeUnchecked) {
		return o.notCompared(unasked)
	}
	return (&verification{o: o, c: c, reading: read.Reading, results: results, unasked: unasked}).report(ctx)
}

// notCompared is the failure of a provider that could not be asked at all.
func (o *verifyOptions) notCompared(err error) error {
	if errors.Is(err, engine.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return failure.Fail(failure.StatusInterrupted, errors.New("interrupted while asking the provider"))
	}
	return app.ProviderFailure(o.selection, fmt.Errorf("nothing was compared: %w", err))
}
