package runs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
)

// youngest is the minimum time since the end of a run to prune. Evidence of absence depends on the time when a user
// was last seen, which is recorded in the rows.
const youngest = 24 * time.Hour

// pruneOptions are the dependencies and flags of `usher runs prune`.
type pruneOptions struct {
	app       *app.App
	before    string
	keep      int
	keepGiven bool
	dryRun    bool
	yes       bool
}

func newPrune(a *app.App, run func(context.Context, *pruneOptions) error) *cobra.Command {
	o := &pruneOptions{app: a}
	cmd := &cobra.Command{
		Use:         "prune",
		Short:       "Delete old runs from the ledger",
		Annotations: cmdutil.Changes(cmdutil.Ledger),
		Long: `Delete old runs from the ledger. The ledger keeps the users that were created or
exist, with their ids. Nothing changes at the provider.

A run is not deleted if it has not finished, if rows are unknown, if a user must
still be looked up, or if it ended within the last 24 hours.

Rows that failed or that later runs repeat are deleted, and so are runs without
remaining rows. The rows of users are kept: their runs are no longer listed, but
can still be used by id with undo and forget.`,
		Example: `  usher runs prune --before 90d --dry-run
  usher runs prune --before 2026-01-31
  usher runs prune --keep 50 --yes`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.keepGiven = cmd.Flags().Changed("keep")
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.before, "before", "", "runs that ended before this date or age, for example 2026-01-31 or 90d")
	flags.IntVar(&o.keep, "keep", 0, "all runs except this many of the newest")
	flags.BoolVar(&o.dryRun, "dry-run", false, "list the runs; delete nothing")
	flags.BoolVarP(&o.yes, "yes", "y", false, "skip the confirmation prompt")
	return cmd
}

// which returns the runs that the flags select.
func (o *pruneOptions) which(now time.Time) (ledger.Prunable, error) {
	which := ledger.Prunable{Before: now.Add(-youngest), Keep: o.keep}
	switch {
	case o.before == "" && !o.keepGiven:
		return which, failure.Refuse(errors.New("--before or --keep is required"), "usher runs prune --before 90d --dry-run")
	case o.keep < 0:
		return which, failure.Refuse(errors.New("--keep must be 0 or more"))
	case o.before == "":
		return which, nil
	}
	before, err := readBefore(o.before, now)
	if err != nil {
		return which, failure.Refuse(err)
	}
	if before.Before(which.Before) {
		which.Before = before
	}
	return which, nil
}

// readBefore returns the time of a date, a date-time, or an age.
func readBefore(text string, now time.Time) (time.Time, error) {
	if moment, err := time.Parse(time.RFC3339, text); err == nil {
		return moment, nil
	}
	if moment, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return moment, nil
	}
	if age, err := duration.Parse(text); err == nil {
		return now.Add(-age), nil
	}
	return time.Time{}, fmt.Errorf("--before %q: must be a date or an age, for example 2026-01-31, 90d or 36h", text)
}

func prune(ctx context.Context, o *pruneOptions) (err error) {
	which, err := o.which(time.Now())
	if err != nil {
		return err
	}
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	chosen, err := book.Prunable(ctx, which)
	if err != nil {
		return err
	}
	if o.dryRun {
		return o.show(ctx, book, chosen)
	}
	if len(chosen) == 0 {
		fmt.Fprintln(o.app.Streams.Err, "No runs to prune.")
		return nil
	}
	if err := o.confirm(ctx, len(chosen)); err != nil {
		return err
	}
	return o.pruneEach(ctx, book, chosen)
}

// show prints the runs that would be pruned.
func (o *pruneOptions) show(ctx context.Context, book ledger.Store, chosen []ledger.PastRun) (err error) {
	printer, err := o.app.Printer()
	if err != nil {
		return err
	}
	columns, row := everything()
	if printer.ForPeople() {
		columns, row = overview()
	}
	out := printer.List(ctx, columns)
	defer func() { err = out.End(err) }()
	for _, run := range chosen {
		doc, err := describe(ctx, book, run)
		if err != nil {
			return err
		}
		if err := out.Add(row(doc, stateOf(run, doc)), doc, run.ID); err != nil {
			return err
		}
	}
	o.app.Streams.Say("", fmt.Sprintf("Dry run: %s to prune; nothing was deleted.", progress.Count(len(chosen), "run")))
	return nil
}

func (o *pruneOptions) confirm(ctx context.Context, runs int) error {
	if o.yes {
		return nil
	}
	return confirm(ctx, o.app, question{
		text:    fmt.Sprintf("Delete %s from the ledger? Users are kept.", progress.Count(runs, "run")),
		unasked: "confirmation required; nothing was deleted", command: o.command(), refused: "cancelled; nothing was deleted",
	})
}

// command returns the command line, without --yes.
func (o *pruneOptions) command() string {
	words := "usher runs prune"
	if o.before != "" {
		words += " --before " + o.before
	}
	if o.keepGiven {
		words += " --keep " + strconv.Itoa(o.keep)
	}
	return words
}

// pruneEach prunes the runs of one target after the other.
func (o *pruneOptions) pruneEach(ctx context.Context, book ledger.Store, chosen []ledger.PastRun) error {
	var targets []string
	byTarget := map[string][]ledger.PastRun{}
	for _, run := range chosen {
		if _, ok := byTarget[run.Target]; !ok {
			targets = append(targets, run.Target)
		}
		byTarget[run.Target] = append(byTarget[run.Target], run)
	}
	var sum ledger.Pruned
	for _, target := range targets {
		runs := byTarget[target]
		if err := withLock(ctx, book, runs[0], func(lock ledger.Lock) error {
			pruned, err := lock.Prune(ctx, runs...)
			sum.Runs += pruned.Runs
			sum.Rows += pruned.Rows
			sum.Kept += pruned.Kept
			return err
		}); err != nil {
			return err
		}
	}
	o.app.Streams.Say("", fmt.Sprintf("Pruned %s: deleted %s, kept %s.", progress.Count(sum.Runs, "run"), progress.Count(sum.Rows, "row"), progress.Number(sum.Kept)))
	return nil
}
