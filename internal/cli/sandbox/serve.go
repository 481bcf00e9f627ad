package sandbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// serveOptions are the dependencies and flags of `usher sandbox serve`.
type serveOptions struct {
	app       *app.App
	addr      string
	latency   time.Duration
	slow      time.Duration
	tokenLife time.Duration
	rateLimit string
	faults    []string
	seed      uint64
	memory    bool
}

func newServe(a *app.App, run func(context.Context, *serveOptions) error) *cobra.Command {
	o := &serveOptions{app: a}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Keep the sandbox up for curl and scripts",
		Long: `Serve the sandbox until Ctrl-C, and rehearse bad days with it.

Faults strike requests that create users, each with its probability:

` + faultHelp(),
		Example: `  # A server for scripts, on the store that the sandbox profiles use
  usher sandbox serve --addr 127.0.0.1:4010

  # A bad day: slow, limited, and one answer in a hundred is lost
  usher sandbox serve --latency 50ms --rate-limit 50/s --fault lost-reply=0.01`,
		Args: kit.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.addr, "addr", "127.0.0.1:4010", "loopback address to listen on")
	flags.DurationVar(&o.latency, "latency", 0, "time added to every request")
	flags.DurationVar(&o.slow, "slow", 2*time.Second, "how long the fault slow holds a request back")
	flags.DurationVar(&o.tokenLife, "token-lifetime", time.Hour, "how long an access token of the Evolution Platform lives")
	flags.StringVar(&o.rateLimit, "rate-limit", "", "requests that each provider accepts, like 50/s")
	flags.StringArrayVar(&o.faults, "fault", nil, "let some creates and changes go wrong: `NAME=PROBABILITY`, repeatable")
	flags.Uint64Var(&o.seed, "seed", 0, "make the faults repeatable; 0 takes a random seed")
	flags.BoolVar(&o.memory, "memory", false, "keep the users in memory, not in the state folder")
	_ = cmd.RegisterFlagCompletionFunc("fault", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, fault := range sandbox.KnownFaults() {
			names = append(names, string(fault)+"=\t"+fault.Help())
		}
		return names, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func faultHelp() string {
	var b strings.Builder
	for _, fault := range sandbox.KnownFaults() {
		fmt.Fprintf(&b, "  %-12s %s\n", fault, fault.Help())
	}
	return strings.TrimRight(b.String(), "\n")
}

func serve(ctx context.Context, o *serveOptions) (err error) {
	rate, err := parseRate(o.rateLimit)
	if err != nil {
		return app.Refuse(fmt.Errorf("--rate-limit: %w", err))
	}
	faults, err := sandbox.ParseFaults(o.faults)
	if err != nil {
		return app.Refuse(fmt.Errorf("--fault: %w", err))
	}
	open := func() (*sandbox.Store, error) { return openStore(o.app) }
	if o.memory {
		open = sandbox.MemoryStore
	}
	store, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	options := sandbox.Options{
		Latency: o.latency, RateLimit: rate, Faults: faults, SlowFor: o.slow, TokenLifetime: o.tokenLife, Seed: o.seed,
	}
	if o.app.Global.Verbose {
		options.Log = func(line string) { fmt.Fprintln(o.app.Streams.Err, line) }
	}
	server, err := sandbox.New(store, options)
	if err != nil {
		return app.Refuse(err)
	}
	running, err := sandbox.Start(ctx, o.addr, server)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return app.Refuse(err, "another program listens there, perhaps a sandbox: end it, or take a free port: usher sandbox serve --addr 127.0.0.1:0")
	case err != nil:
		return app.Refuse(err)
	}
	o.announce(running)
	return running.Wait() // Ctrl-C is how a server ends, and no error
}

func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	return config.ParseRate(text)
}

// announce prints the addresses, a line each, for people and for scripts.
func (o *serveOptions) announce(running *sandbox.Running) {
	line := "%s\t%s\n"
	if o.app.Streams.OutIsTerminal() {
		line = "%-15s  %s\n"
	}
	for _, provider := range sandbox.Providers() {
		fmt.Fprintf(o.app.Streams.Out, line, provider, running.BaseURL(provider))
	}
	fmt.Fprintf(o.app.Streams.Out, line, "evolution token", running.TokenURL())
	fmt.Fprintf(o.app.Streams.Err, "The sandbox listens on %s. Any token is accepted; the tokens denied and forbidden are refused. Ctrl-C ends it.\n", running.Addr())
}
