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
	"github.com/bring-aboard/usher/internal/report"
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
defaults of the profile do not count. Each row is same, differs, missing,
invalid (it has faults) or unasked (the provider gave no answer).

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

// verify runs the command: read, validate, ask, compare.
func verify(ctx context.Context, o *verifyOptions) error {
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
	link := o.link(ctx, options)
	defer link.Close()
	return o.withRoster(ctx, link, o.openExisting, func(i *intake.Import, reading *intake.Reading, _ *ledger.Ledger) error {
		connection, err := link.Get()
		if err != nil {
			return err
		}
		c := &amend.Comparison{Import: i}
		unasked := o.askAbout(ctx, c, connection, reading.Rows-reading.Faulty, options)
		if unasked != nil && !errors.Is(unasked, errSomeUnasked) {
			return o.notCompared(unasked)
		}
		return (&verification{o: o, c: c, reading: reading, made: made, unasked: unasked}).report(ctx)
	})
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
	spared, err := o.spared()
	if err != nil {
		return nil, err
	}
	if err = report.Spare(o.results, spared...); err == nil {
		made.results, err = report.Create(o.results, o.file)
	}
	if err != nil {
		return nil, app.Refuse(fmt.Errorf("--results: %w", err))
	}
	return made, nil
}
