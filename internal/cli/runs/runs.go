// Package runs implements the commands about the runs in the ledger, one file a verb.
package runs

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/users"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
)

// New returns a new `usher runs`.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "runs",
		Short: "List, inspect, resume and undo runs",
		Long: `A run is one execution of a command that creates, updates, deactivates or
deletes users. The ledger on this machine records the state of each row, so that
no user is created twice and no result is lost in a crash.

Identify a run by its id, a prefix of the id, its last four characters, or last.
With -p, last is the last run at the target of the profile.

The ledger can be moved to another machine with export and import.`,
	}, newList(a, list), newShow(a, show), newRows(a, listRows), newResume(a, resume), newSettle(a, settle), newForget(a, forget), users.NewUndo(a, completeRuns(a)), newPrune(a, prune),
		newExport(a, export), newImport(a, importLedger))
}

// withRun opens the ledger, finds a run and calls use with it.
func withRun(ctx context.Context, a *app.App, word string, use func(ledger.Store, ledger.PastRun) error) (err error) {
	book, err := a.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	run, err := findRun(ctx, a, book, word)
	if err != nil {
		return err
	}
	return use(book, run)
}

// findRun returns the run with an identifier. With -p, last is the newest run at the target of the profile.
func findRun(ctx context.Context, a *app.App, book ledger.Store, word string) (ledger.PastRun, error) {
	if word == "last" && a.Ahead.Profile != "" {
		selection, err := a.Select(a.Ahead.Profile)
		if err != nil {
			return ledger.PastRun{}, err
		}
		run, ok, err := ledger.LastAt(ctx, book, selection.Target)
		if err == nil && !ok {
			err = failure.Refuse(fmt.Errorf("no run at %s, the target of profile %s", selection.Target, selection.Profile.Name), "usher runs list")
		}
		return run, err
	}
	run, err := book.Run(ctx, word)
	if err != nil {
		return run, failure.Refuse(err, "usher runs list")
	}
	return run, nil
}

// runsOfProfile returns the runs at the target of the profile of -p, or all runs without it, newest first.
func runsOfProfile(ctx context.Context, a *app.App, book ledger.Store) (iter.Seq2[ledger.PastRun, error], error) {
	if a.Ahead.Profile == "" {
		return book.Runs(ctx), nil
	}
	selection, err := a.Select(a.Ahead.Profile)
	if err != nil {
		return nil, err
	}
	return ledger.RunsAt(ctx, book, selection.Target), nil
}

// withLock locks the target of the run while change is running.
func withLock(ctx context.Context, book ledger.Store, run ledger.PastRun, change func(ledger.Lock) error) (err error) {
	lock, err := book.Lock(ctx, run.Target)
	if err != nil {
		return failure.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	return change(lock)
}

// completeRuns returns the completion of the newest runs.
func completeRuns(a *app.App) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		const most = 20
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		book, err := a.Ledger(cmd.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer func() { _ = book.Close() }() // it was only read
		names := []string{"last"}
		for run, err := range book.Runs(cmd.Context()) {
			if err != nil || len(names) > most {
				break
			}
			names = append(names, fmt.Sprintf("%s\t%s %s", run.ID, run.Command, run.Profile))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
