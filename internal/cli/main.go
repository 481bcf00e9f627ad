// Package cli composes the program, runs one command line and returns its exit status. It is the composition root.
package cli

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/job"
	"github.com/bring-aboard/usher/internal/panicerr"
	"github.com/bring-aboard/usher/internal/term"
)

// Main runs the program with these arguments and returns its exit status. The adjust functions change the composed
// program before it runs, for example to shorten waits in tests.
func Main(args []string, adjust ...func(*app.App)) int {
	return run(args, term.System(os.Getenv), buildInfo(), adjust...)
}

func run(args []string, streams *term.Streams, build app.Build, adjust ...func(*app.App)) (status int) {
	defer func() {
		if cause := recover(); cause != nil {
			fmt.Fprintf(streams.Err, "error: %v\n%s", panicerr.Of(cause), debug.Stack())
			status = failure.StatusFailed // Go's own status, 2, would mean that nothing was sent
		}
	}()
	// net/http logs unexpected responses with the global logger, and returns an error for those that matter.
	log.SetOutput(io.Discard)
	collectLess()
	ahead := preparse(args)
	streams.SetNoInput(ahead.NoInput)
	streams.SetNoColor(ahead.NoColor)
	streams.Out = &watched{Writer: streams.Out}
	a := compose(streams, build, ahead)
	for _, change := range adjust {
		change(a)
	}

	signals := &interrupts{}
	ctx, stop := signals.watch(context.Background())
	defer stop()
	a.Drain = signals.drain

	a.Rerun = func(ctx context.Context, args []string) error {
		args = withPresentation(args, a.Global)
		return execute(ctx, rerun(a, args), args)
	}
	return reportError(ctx, a, execute(ctx, a, args), signals.happened())
}

// collectLess makes Go's garbage collector run half as often, unless GOGC is set. An import allocates much and
// retains little, so that a few MiB more save a tenth of its CPU time. Above a memory limit, which GOMEMLIMIT
// overrides, the collector runs as often as required.
func collectLess() {
	const enough = 48 << 20
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(enough)
	}
}

// execute runs one command line.
func execute(ctx context.Context, a *app.App, args []string) error {
	root := NewRoot(a)
	root.SetArgs(args)
	if cmd := prepare(a, root, args); cmd != nil {
		a.Again = func(flags string) string { return again(a, cmd, args, flags) }
	}
	return root.ExecuteContext(ctx)
}

// withPresentation returns a recorded command line with the presentation of another one: its format, and what it shows
// on standard error.
func withPresentation(args []string, of *app.Global) []string {
	args = job.WithoutPresentation(args)
	for _, text := range [][2]string{{"--output=", of.Output}, {"--jq=", of.JQ}} {
		if text[1] != "" {
			args = append(args, text[0]+text[1])
		}
	}
	for _, flag := range []struct {
		name  string
		given bool
	}{{"--verbose", of.Verbose}, {"--no-input", of.NoInput}, {"--no-color", of.NoColor}} {
		if flag.given {
			args = append(args, flag.name)
		}
	}
	return args
}

// rerun returns the program composed for another command line in this process.
func rerun(a *app.App, args []string) *app.App {
	next := compose(a.Streams, a.Build, preparse(args))
	next.Drain, next.Sleep, next.PlanLasts, next.Watch = a.Drain, a.Sleep, a.PlanLasts, a.Watch
	return next
}

// prepare adds the flags of the profile to the command that the arguments select, and returns that command; nil if there is none.
func prepare(a *app.App, root *cobra.Command, args []string) *cobra.Command {
	for len(args) > 0 && slices.Contains([]string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd, "help"}, args[0]) {
		args = args[1:]
	}
	cmd, _, err := root.Find(args)
	if err != nil {
		return nil // the real parse reports it
	}
	if before, ok := a.Prepare[cmd]; ok {
		before()
	}
	return cmd
}
