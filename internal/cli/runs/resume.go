package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
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
	// lockTimeout is how long to wait until another run has released the target.
	lockTimeout time.Duration
}

func newResume(a *app.App, run func(context.Context, *resumeOptions) error) *cobra.Command {
	o := &resumeOptions{app: a}
	cmd := &cobra.Command{
		Use:         "resume RUN",
		Short:       "Resume a run",
		Annotations: cmdutil.Changes(cmdutil.Users, cmdutil.Ledger),
		Long: `Run the command of a run again, with the same roster and settings. Completed
rows are skipped, rows in doubt are settled first, failed and not tried rows are
sent. Rows of an update are compared again, those of a delete or a deactivation
are looked up again; users whose passwords the run has set are left out.

usher uses the profile of the run, which must still point to the same target. If
it was renamed, usher finds it by the target.`,
		Example:           "  usher runs resume last",
		Args:              cmdutil.Args("RUN"),
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "skip the confirmation prompt")
	cmd.Flags().StringVar(&o.confirm, "confirm", "", "profile `NAME`, for profiles with confirm: name")
	duration.Var(cmd.Flags(), &o.lockTimeout, "lock-timeout", 0, "wait so long until another run has released the target, for example 5m")
	for _, flag := range []string{"confirm", "lock-timeout"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions)
	}
	return cmd
}

func resume(ctx context.Context, o *resumeOptions) error {
	var args []string
	err := withRun(ctx, o.app, o.run, func(_ ledger.Store, run ledger.PastRun) error {
		switch {
		case run.Command == rowstate.CommandUndo:
			return failure.Refuse(fmt.Errorf("run %s cannot be resumed: it undid another run", run.ID), failure.Note("usher continues with the remaining users"), "run the same command again")
		case run.Source == (ledger.Source{}) && run.Command != rowstate.CommandCreate:
			return failure.Refuse(fmt.Errorf("run %s cannot be resumed: its users were arguments of the command", run.ID), failure.Note("the users are looked up first"), "run the same command again")
		case run.Source == (ledger.Source{}):
			return failure.Refuse(fmt.Errorf("run %s cannot be resumed: it created one user", run.ID),
				failure.Note("no user is created twice"), "run the same command again")
		}
		if args = run.Arguments; run.Command == rowstate.CommandPassword {
			args = append(args, "--"+job.ResumedFlag+"="+run.ID) // nothing but the ledger shows who is done
		}
		if run.Source.File == "-" {
			return failure.Refuse(errors.New("cannot resume: the roster was read from standard input"), failure.Note("pass the roster to the same command again"), commandOf(args)+" < FILE")
		}
		profile := cmp.Or(o.app.Ahead.Profile, job.ProfileOf(o.app, run))
		if i := slices.Index(args, "--profile="+run.Profile); i >= 0 {
			args = slices.Replace(slices.Clone(args), i, i+1, "--profile="+profile)
		}
		return checkTarget(o.app, run, profile)
	})
	if err != nil {
		return err
	}
	if o.yes {
		args = append(args, "--yes")
	}
	if o.lockTimeout != 0 {
		args = append(args, "--lock-timeout="+o.lockTimeout.String())
	}
	if o.confirm != "" {
		args = append(args, "--confirm="+o.confirm)
	}
	fmt.Fprintln(o.app.Streams.Err, term.SanitizeLine(commandOf(args)))
	return o.app.Rerun(ctx, args)
}

// commandOf returns a command line, quoted for a shell.
func commandOf(args []string) string {
	words := []string{"usher"}
	for _, arg := range args {
		words = append(words, shell.Quote(arg))
	}
	return strings.Join(words, " ")
}
