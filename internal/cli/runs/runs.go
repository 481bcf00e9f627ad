// Package runs holds the commands about what was done, from the ledger, one
// file a verb.
package runs

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/users"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
)

// New makes `usher runs`.
func New(a *app.App) *cobra.Command {
	return cmdutil.Group(&cobra.Command{
		Use:   "runs",
		Short: "What was done, row by row",
		Long: `A run is one import of one roster, one update from a roster, or one user that
was created by hand; or users that were deleted or deactivated. The
ledger on this machine remembers what became of each row, so that nobody is
created twice and nothing is lost in a crash.

A run is named by its id, by the beginning of it, by its last four letters, or
by the word last.`,
	}, newList(a, list), newShow(a, show), newRows(a, listRows), newResume(a, resume), newSettle(a, settle), newForget(a, forget), users.NewUndo(a, completeRuns(a)), newPrune(a, prune))
}

// withRun opens the ledger and finds a run in it.
func withRun(ctx context.Context, a *app.App, word string, use func(ledger.Store, ledger.PastRun) error) (err error) {
	book, err := a.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	run, err := book.Run(ctx, word)
	if err != nil {
		return failure.Refuse(err, "usher runs list")
	}
	return use(book, run)
}

// withLock holds the run's target while the ledger's memory of it is changed.
func withLock(ctx context.Context, book ledger.Store, run ledger.PastRun, change func(ledger.Lock) error) (err error) {
	lock, err := book.Lock(ctx, run.Target)
	if err != nil {
		return failure.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	return change(lock)
}

// completeRuns gives the newest runs for completion.
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
