package users

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/amend"
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/bulk"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/report"
	"github.com/bring-aboard/usher/pkg/provider"
)

// undoOptions are the dependencies, arguments and flags of `usher runs undo`.
type undoOptions struct {
	importOptions
	run     string
	changed bool
}

// NewUndo makes `usher runs undo`. The runs that CompleteRuns offers are its argument.
func NewUndo(a *app.App, completeRuns cobra.CompletionFunc) *cobra.Command {
	return newUndo(a, completeRuns, undo)
}

func newUndo(a *app.App, completeRuns cobra.CompletionFunc, run func(context.Context, *undoOptions) error) *cobra.Command {
	o := &undoOptions{importOptions: importOptions{rosterOptions: rosterOptions{app: a}, onExists: onExistsSkip, removal: ledger.CommandUndo}}
	cmd := &cobra.Command{
		Use:   "undo RUN",
		Short: "Delete the users that a run created",
		Long: `Delete exactly the users that a run created, at the provider that it created
them at. Users that existed before are left alone.

Each user is read first. Who was changed since it was made is named, and left
out unless --changed is given; who is gone already is absent. The plan is shown,
and nothing is sent without consent (--yes where nobody can be asked). A delete
cannot be undone.

The rows are forgotten as their users go, so that a later import creates them
again. To undo the same run again goes on with the users who are left. Where the
provider documents no delete, the users are listed by line and id, to be removed
by hand, and the exit status is 2.`,
		Example: `  usher runs undo last --dry-run
  usher runs undo last --yes`,
		Args:              kit.Args("RUN"),
		ValidArgsFunction: completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			o.concurrencyGiven = cmd.Flags().Changed("concurrency")
			if err := o.placed(); err != nil {
				return err
			}
			if !cmd.Flags().Changed("profile") {
				return o.withItsProfile(cmd)
			}
			var err error
			if o.selection, err = a.Selected(); err != nil {
				return err
			}
			if o.arguments, err = repeatable(cmd.Flags(), []string{"runs", "undo", o.run}, o.selection.Profile.Name); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&o.changed, "changed", false, "delete also the users who were changed since they were made")
	o.addSendingFlags(cmd)
	return cmd
}

// withItsProfile runs the command again with the profile of the run.
func (o *undoOptions) withItsProfile(cmd *cobra.Command) error {
	ctx := cmd.Context()
	var past ledger.PastRun
	if err := o.withLedger(ctx, func(book *ledger.Ledger) (err error) {
		past, err = findRun(ctx, book, o.run)
		return err
	}); err != nil {
		return err
	}
	args, err := repeatable(cmd.Flags(), []string{"runs", "undo", past.ID}, past.Profile)
	if err != nil {
		return err
	}
	if o.yes { // consent is not repeated by itself
		args = append(args, "--yes")
	}
	if o.confirm != "" {
		args = append(args, "--confirm="+o.confirm)
	}
	return o.app.Rerun(ctx, args)
}

func findRun(ctx context.Context, book *ledger.Ledger, word string) (ledger.PastRun, error) {
	past, err := book.Run(ctx, word)
	if err != nil {
		return past, app.Refuse(err, "usher runs list")
	}
	return past, nil
}

func (o *importOptions) withLedger(ctx context.Context, use func(*ledger.Ledger) error) (err error) {
	book, err := o.app.Ledger(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	return use(book)
}

// undo runs the command: read the ledger, read the users, ask, send, report.
func undo(ctx context.Context, o *undoOptions) error {
	if o.maxFailures < 0 {
		return app.Refuse(fmt.Errorf("--max-failures %d is less than nothing: 0 means no limit", o.maxFailures))
	}
	if err := o.paceOptions.check(); err != nil {
		return err
	}
	if _, err := o.app.Printer(); err != nil {
		return err // found before anything is sent
	}
	options, err := o.bulkOptions()
	if err != nil {
		return err
	}
	outputs, err := o.prepareOutputs()
	if err != nil {
		return err
	}
	defer outputs.discard()
	return o.withLedger(ctx, func(book *ledger.Ledger) error {
		past, err := findRun(ctx, book, o.run)
		if err != nil {
			return err
		}
		if err := o.checkRun(past); err != nil {
			return err
		}
		if _, deletes := o.selection.Adapter.Operation(provider.PowerDelete); !deletes {
			return o.byHand(ctx, book, past)
		}
		return o.readAndSend(ctx, book, past, options, outputs)
	})
}

// checkRun refuses a run that created nobody, or nobody where the profile points.
func (o *undoOptions) checkRun(past ledger.PastRun) error {
	o.undoes, o.arguments[2] = past.ID, past.ID // "last" will be another one
	switch {
	case past.Command == ledger.CommandUpdate && past.BeforeFile != "":
		return app.Refuse(fmt.Errorf("run %s created nobody: it changed users", past.ID),
			"to take the changes back: usher users import "+fields.Quote(past.BeforeFile)+" --update --profile="+past.Profile)
	case past.Command == ledger.CommandUndo && len(past.Arguments) > 2:
		return app.Refuse(fmt.Errorf("run %s created nobody: it undid run %s", past.ID, past.Arguments[2]),
			"to go on with the users who are left: usher runs undo "+past.Arguments[2])
	case !slices.Contains([]string{"import", "create"}, past.Command):
		return app.Refuse(fmt.Errorf("run %s created nobody: its command was %s", past.ID, past.Command), "usher runs list")
	case past.Target != o.selection.Target:
		return app.Refuse(fmt.Errorf("run %s created users in %s, and profile %s points to %s: nothing was sent", past.ID, past.Target, o.selection.Profile.Name, o.selection.Target),
			"give the profile that points there: -p NAME")
	}
	return nil
}

// readAndSend goes on where the run can be undone.
func (o *undoOptions) readAndSend(ctx context.Context, book *ledger.Ledger, past ledger.PastRun, options bulk.Options, outputs *outputs) (err error) {
	lock, err := book.Lock(ctx, past.Target)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	states, err := book.CountStates(ctx, past)
	if err != nil {
		return err
	}
	if doubts := states[ledger.Unknown] + states[ledger.Sent]; doubts > 0 {
		fmt.Fprintf(o.app.Streams.Err, "Run %s has %s of unknown outcome, whose users may exist and are left alone: usher runs rows %s --state unknown,sent\n", past.ID, count(doubts, "row"), past.ID)
	}
	plan, err := book.NewPlan(ctx)
	if err != nil {
		return app.Refuse(err)
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	link := o.link(ctx, options)
	defer link.Close()
	connection, err := link.Get()
	if err != nil {
		return err
	}
	u := &amend.Undo{Adapter: o.selection.Adapter, Book: book, Run: past, Plan: plan, Changed: o.changed}
	if err := o.readUsers(ctx, u, connection.Client, states[ledger.Created], options); err != nil {
		return o.notLookedUp(err)
	}
	return (&removing{
		importOptions: &o.importOptions, removal: u.Removal(), lines: u.Lines, book: book, lock: lock, outputs: outputs,
		info: ledger.RunInfo{Source: past.Source, Undoes: &past}, source: report.Source(past.Source),
	}).carryOut(ctx, connection.Client, options)
}

// readUsers reads each user, and shows how far it is.
func (o *undoOptions) readUsers(ctx context.Context, u *amend.Undo, client provider.Client, users int, options bulk.Options) error {
	if users == 0 {
		return nil
	}
	fmt.Fprintf(o.app.Streams.Err, "Asking %s for each user: %s.\n", o.selection.Adapter.Vendor, count(users, "look-up"))
	shown := progress.New(o.app.Streams, users)
	defer shown.Close()
	options.Throttled = shown.Throttled
	return u.Ask(ctx, client, options, func() { shown.Row(progress.Well) })
}
