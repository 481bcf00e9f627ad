package users

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/intake"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/internal/roster"
	"github.com/bring-aboard/usher/pkg/provider"
)

// verifyOptions are the dependencies, arguments and flags of `usher users verify`.
type verifyOptions struct {
	rosterOptions
	paceOptions
	statuses []string
	results  string
}

func newVerify(a *app.App, run func(context.Context, *verifyOptions) error) *cobra.Command {
	o := &verifyOptions{rosterOptions: rosterOptions{app: a}}
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Compare a roster with the users that the provider has",
		Long: `Compare a roster, or - for standard input, with the users that the provider has:
for each row whether the user exists, and which documented fields differ.
Nothing is changed.

A row needs the natural key and nothing else. What a cell does not give is not
compared, nor are the fields that cannot be read back, such as passwords; the
defaults of the profile do not count. Each row is same, differs, missing, invalid
(it has faults) or unasked (the provider gave no answer).

The exit status is 0 where all rows are the same, and 3 where one differs or is
missing.`,
		Example: `  # Did the import do what the spreadsheet says?
  usher users verify people.csv -p sandbox-sulu

  # Only what is not as it should be, for a program
  usher users verify people.xlsx -p sandbox-sulu --status differs,missing -o ndjson`,
		Args:              kit.Args("FILE"),
		ValidArgsFunction: completeRosters,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.selection, err = a.Selected(); err != nil {
				return err
			}
			o.file = args[0]
			o.concurrencyGiven = cmd.Flags().Changed("concurrency")
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	o.addRosterFlags(cmd)
	o.addPaceFlags(cmd)
	flags.StringSliceVar(&o.statuses, "status", nil, "print only rows with this status, repeatable")
	flags.StringVar(&o.results, "results", "", "write a line for each row to this file (.csv, .ndjson, .json)")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statusNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func statusNames() []string {
	var names []string
	for _, status := range amend.Statuses() {
		names = append(names, string(status))
	}
	return names
}

// check refuses flags that mean nothing, and providers that cannot be asked.
func (o *verifyOptions) check() error {
	for _, name := range o.statuses {
		if !slices.Contains(statusNames(), name) {
			return app.Refuse(fmt.Errorf("--status %q is none of %s%s", name, strings.Join(statusNames(), ", "), kit.DidYouMean(name, statusNames())))
		}
	}
	if err := o.paceOptions.check(); err != nil {
		return err
	}
	return canAsk(o.selection.Adapter)
}

// canAsk refuses where the provider documents no way to tell who exists.
func canAsk(adapter provider.Adapter) error {
	if _, finds := adapter.Operation(provider.PowerFind); finds {
		return nil
	}
	return kit.Documented(adapter, provider.PowerList, "ask which users exist")
}

// verify runs the command: read, validate, ask, compare.
func verify(ctx context.Context, o *verifyOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	options, err := o.paceOptions.read(o.app, o.selection.Profile)
	if err != nil {
		return err
	}
	made, err := o.prepareResults()
	if err != nil {
		return err
	}
	defer made.discard()
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	people, err := o.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	plan, err := book.NewPlan(ctx)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	c := &amend.Comparison{Import: o.newImport(people, plan, book)}
	reading, err := o.readWhole(ctx, c.Import)
	if err != nil {
		return err
	}
	connection, err := o.app.Connect(ctx, o.selection, app.ConnectOptions{Workers: options.Concurrency, OnLimit: options.Pace.Limit})
	if err != nil {
		return err
	}
	defer connection.Close()
	unasked := o.ask(ctx, c, connection.Client, reading.Rows-reading.Faulty, options)
	if unasked != nil && !errors.Is(unasked, errSomeUnasked) {
		return o.notCompared(unasked)
	}
	v := &verification{o: o, c: c, reading: reading, made: made, unasked: unasked}
	return v.report(ctx)
}

// newImport prepares a roster to be read. Rows with faults are in nobody's way.
func (o *rosterOptions) newImport(people *roster.Roster, plan *ledger.Plan, book *ledger.Ledger) *intake.Import {
	return &intake.Import{
		Adapter: o.selection.Adapter, Roster: people, Plan: plan, SkipInvalid: true,
		Digest: intake.DigestOf(book, o.selection.Target, o.selection.Adapter),
	}
}

// readWhole reads and validates the roster, and says what was read.
func (o *rosterOptions) readWhole(ctx context.Context, i *intake.Import) (*intake.Reading, error) {
	read := o.whileSlow("Reading " + o.rosterName())
	defer read()
	reading, err := i.Read(ctx)
	if err != nil {
		return nil, notRead(err)
	}
	o.sayRead(i.Roster, reading)
	return reading, nil
}

// errSomeUnasked says that the provider answered about some rows only.
var errSomeUnasked = errors.New("the provider gave no answer about some rows")

// ask has the comparison ask the provider, in the cheapest way for so many
// rows. Where some look-ups were answered before it failed, the error wraps
// errSomeUnasked.
func (o *rosterOptions) ask(ctx context.Context, c *amend.Comparison, client provider.Client, rows int, options bulk.Options) error {
	if rows == 0 {
		return nil
	}
	way, err := intake.Way(ctx, client, rows)
	if err != nil {
		return err
	}
	if way == intake.ByList {
		defer o.whileSlow("Asking " + o.selection.Adapter.Vendor + " for its list of users")()
		return c.Ask(ctx, client, way, options, func() {})
	}
	fmt.Fprintf(o.app.Streams.Err, "Asking %s for each user: %s.\n", o.selection.Adapter.Vendor, count(rows, "look-up"))
	shown := progress.New(o.app.Streams, rows)
	defer shown.Close()
	options.Throttled = shown.Throttled
	err = c.Ask(ctx, client, way, options, func() { shown.Row(progress.Well) })
	if err == nil || errors.Is(err, bulk.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%w: %w", errSomeUnasked, err)
}

// notCompared is the failure of a provider that could not be asked at all.
func (o *verifyOptions) notCompared(err error) error {
	if errors.Is(err, bulk.ErrInterrupted) || errors.Is(err, context.Canceled) {
		return app.Fail(app.StatusInterrupted, errors.New("interrupted while asking the provider"))
	}
	return kit.ProviderFailure(o.selection, fmt.Errorf("nothing was compared: %w", err))
}

// prepareResults prepares the file of results, where one is wanted.
func (o *verifyOptions) prepareResults() (*outputs, error) {
	made := &outputs{}
	if o.results == "" {
		return made, nil
	}
	if err := report.CheckName(o.results); err != nil {
		return nil, app.Refuse(fmt.Errorf("--results: %w", err))
	}
	var err error
	if made.results, err = report.Create(o.results, o.file); err != nil {
		return nil, app.Refuse(fmt.Errorf("--results: %w", err))
	}
	return made, nil
}
