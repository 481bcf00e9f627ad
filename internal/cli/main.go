// Package cli is the composition root: it reads the profile ahead of the
// flags, puts the program together, runs the command and turns what came of it
// into an exit status.
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
	"github.com/bring-aboard/usher/internal/panicerr"
	"github.com/bring-aboard/usher/internal/term"
)

// Main runs the program with these arguments and gives its exit status. What
// adjusts the composed program is for tests that cannot wait as long as people.
func Main(args []string, adjust ...func(*app.App)) int {
	return run(args, term.System(os.Getenv), buildInfo(), adjust...)
}

func run(args []string, streams *term.Streams, build app.Build, adjust ...func(*app.App)) (status int) {
	defer func() {
		if cause := recover(); cause != nil {
			fmt.Fprintf(streams.Err, "error: %v\n%s", panicerr.Of(cause), debug.Stack())
			status = failure.StatusFailed // and not that of Go, which says that nothing was sent
		}
	}()
	// net/http speaks through the global logger about odd answers; what is worth
	// knowing of them comes back as an error.
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

	a.Rerun = func(ctx context.Context, args []string) error { return execute(ctx, rerun(a, args), args) }
	return reportError(ctx, a, execute(ctx, a, args), signals.happened())
}

// collectLess has Go's collector run half as often, unless GOGC says how often:
// an import keeps little and throws much away, so that some megabytes more spare
// a tenth of its processor time. From a size on it runs as often as it must,
// unless GOMEMLIMIT says another one.
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
	prepare(a, root, args)
	return root.ExecuteContext(ctx)
}

// rerun composes the program anew for another command line in this process.
func rerun(a *app.App, args []string) *app.App {
	next := compose(a.Streams, a.Build, preparse(args))
	next.Drain, next.Sleep, next.PlanLasts = a.Drain, a.Sleep, a.PlanLasts
	return next
}

// prepare gives the command that the arguments name the flags of its profile.
func prepare(a *app.App, root *cobra.Command, args []string) {
	for len(args) > 0 && slices.Contains([]string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd, "help"}, args[0]) {
		args = args[1:]
	}
	cmd, _, err := root.Find(args)
	if err != nil {
		return // the real parse reports it
	}
	if before, ok := a.Prepare[cmd]; ok {
		before()
	}
}
