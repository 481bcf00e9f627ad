package runs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/fields"
	"github.com/bring-aboard/usher/internal/ledger"
)

// resumeOptions are the dependencies, arguments and flags of `usher runs resume`.
type resumeOptions struct {
	app *app.App
	run string
	yes bool
}

func newResume(a *app.App, run func(context.Context, *resumeOptions) error) *cobra.Command {
	o := &resumeOptions{app: a}
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Run the command of an import again",
		Long: `Run the command of an import again, with the same roster and settings: rows that
are done are skipped, rows in doubt are settled first, rows that failed or were
not tried are sent.`,
		Example:           "  usher runs resume last",
		Args:              kit.Args("RUN"),
		ValidArgsFunction: completeRuns(a),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

func resume(ctx context.Context, o *resumeOptions) error {
	var args []string
	err := withRun(ctx, o.app, o.run, func(_ *ledger.Ledger, run ledger.PastRun) error {
		switch {
		case run.Command != "import":
			return app.Refuse(fmt.Errorf("run %s created one user and is no import", run.ID), "usher users create: it asks the provider before it sends anything")
		case run.Source.File == "-":
			return app.Refuse(errors.New("the roster came from standard input and is not kept"), "give it again to the same command: usher users import - < FILE")
		}
		args = run.Arguments
		return nil
	})
	if err != nil {
		return err
	}
	if o.yes {
		args = append(args, "--yes")
	}
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = fields.Quote(arg)
	}
	fmt.Fprintf(o.app.Streams.Err, "usher %s\n", strings.Join(quoted, " "))
	return o.app.Rerun(ctx, args)
}
