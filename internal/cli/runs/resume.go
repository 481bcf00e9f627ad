package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/rowstate"
	"github.com/bring-aboard/usher/internal/shell"
	"github.com/bring-aboard/usher/internal/term"
)

// resumeOptions are the dependencies, arguments and flags of `usher runs resume`.
type resumeOptions struct {
	app     *app.App
	run     string
	yes     bool
	confirm string
}

func newResume(a *app.App, run func(context.Context, *resumeOptions) error) *cobra.Command {
	o := &resumeOptions{app: a}
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Run the command of an import again",
		Long: `Run the command of an import again, with the same roster and settings: rows that
are done are skipped, rows in doubt are settled first, rows that failed or were
not tried are sent. The rows of an update are compared anew, and changed where
they still differ; those of a delete or a deactivation are looked up anew. The
profile is the run's own, and must still point to the target of the run.`,
		Example:           "  usher runs resume last",
		Args:              cmdutil.Args("RUN"),
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	cmd.Flags().StringVar(&o.confirm, "confirm", "", "consent for a profile that asks for its name: `NAME`")
	_ = cmd.RegisterFlagCompletionFunc("confirm", cobra.NoFileCompletions)
	return cmd
}

func resume(ctx context.Context, o *resumeOptions) error {
	var args []string
	err := withRun(ctx, o.app, o.run, func(_ ledger.Store, run ledger.PastRun) error {
		switch {
		case run.Command == rowstate.CommandUndo:
			return failure.Refuse(fmt.Errorf("run %s undid another run", run.ID), failure.Note("it continues with the users who are left"), "run the same command again")
		case run.Source == (ledger.Source{}) && run.Command != rowstate.CommandCreate:
			return failure.Refuse(fmt.Errorf("run %s is about one user", run.ID), failure.Note("the user is looked up before anything is sent"), "run the same command again")
		case run.Source == (ledger.Source{}):
			return failure.Refuse(fmt.Errorf("run %s created one user and is no import", run.ID),
				failure.Note("no user is created twice"), "run the same command again")
		case run.Source.File == "-":
			return failure.Refuse(errors.New("the roster came from standard input and is not kept"), failure.Note("pass the roster to the same command again"), commandOf(run.Arguments)+" < FILE")
		}
		args = run.Arguments
		return cmp.Or(checkNamedTarget(o.app, run), checkTarget(o.app, run, run.Profile))
	})
	if err != nil {
		return err
	}
	if o.yes {
		args = append(args, "--yes")
	}
	if o.confirm != "" {
		args = append(args, "--confirm="+o.confirm)
	}
	fmt.Fprintln(o.app.Streams.Err, term.SanitizeLine(commandOf(args)))
	return o.app.Rerun(ctx, args)
}

// commandOf writes a command line as a shell takes it.
func commandOf(args []string) string {
	words := []string{"usher"}
	for _, arg := range args {
		words = append(words, shell.Quote(arg))
	}
	return strings.Join(words, " ")
}
