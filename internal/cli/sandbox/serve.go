package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/duration"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/internal/secret"
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

	pageSize   int
	duplicates bool
	tenants    bool

	tokens []string // references
	open   bool
}

func newServe(a *app.App, run func(context.Context, *serveOptions) error) *cobra.Command {
	o := &serveOptions{app: a}
	cmd := &cobra.Command{
		Use:         "serve",
		Short:       "Run the sandbox as a server",
		Annotations: cmdutil.Changes(cmdutil.Sandbox),
		Long: `Run the sandbox until Ctrl-C. To test error handling, inject faults.

Every user of this machine can connect. Only the printed token is accepted: as
a bearer token, as the client secret for which the Evolution Platform's server
issues tokens, and as the password of Ejento's login.

--fault NAME=PROBABILITY injects a fault, NAME:PARAMETER=PROBABILITY one with
a parameter other than the default in its description: late:20s=0.1,
capped:10=1, drop:nickName,title=1.

Into creates, changes and deletes, at most one per request:

` + faultHelp(sandbox.ScopeWrite) + `

Into what a create or a change stores:

` + faultHelp(sandbox.ScopeStore) + `

Into lookups and lists:

` + faultHelp(sandbox.ScopeRead),
		Example: `  # A server for scripts, on the store that the sandbox profiles use
  usher sandbox serve --addr 127.0.0.1:4010

  # Slow, rate-limited, and one response in a hundred is lost
  usher sandbox serve --latency 50ms --rate-limit 50/s --fault lost-reply=0.01`,
		Args: cmdutil.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.addr, "addr", "127.0.0.1:4010", "loopback address to listen on")
	duration.Var(flags, &o.latency, "latency", 0, "latency added to every request")
	duration.Var(flags, &o.slow, "slow", 2*time.Second, "delay of the fault slow")
	duration.Var(flags, &o.tokenLife, "token-lifetime", time.Hour, "lifetime of Evolution Platform access tokens")
	flags.StringVar(&o.rateLimit, "rate-limit", "", "rate limit of each provider, for example 50/s")
	flags.StringArrayVar(&o.faults, "fault", nil, "inject a fault: `NAME[:PARAMETER]=PROBABILITY` (repeatable)")
	flags.IntVar(&o.pageSize, "page-size", 0, "maximum page size of lists; 0 for the provider's own")
	flags.BoolVar(&o.duplicates, "allow-duplicates", false, "allow several users with the same natural key")
	flags.BoolVar(&o.tenants, "tenants", false, "separate the users of each credential")
	flags.Uint64Var(&o.seed, "seed", 0, "random seed of the faults; 0 for a random one")
	flags.BoolVar(&o.memory, "memory", false, "store users in memory instead of the state directory")
	flags.StringArrayVar(&o.tokens, "token", nil, "accepted token, as a `REFERENCE` such as env:NAME or file:PATH (repeatable); default: a random one, which is printed")
	flags.BoolVar(&o.open, "open", false, "accept any credential; every user of this machine can then read and change the users")
	_ = cmd.RegisterFlagCompletionFunc("fault", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		var names []string
		for _, fault := range sandbox.KnownFaults() {
			names = append(names, string(fault)+"=\t"+fault.Help())
		}
		return names, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func faultHelp(scope sandbox.Scope) string {
	var b strings.Builder
	for fault, help := range sandbox.Documented(scope) {
		fmt.Fprintf(&b, "  %-14s %s\n", fault, help)
	}
	return strings.TrimRight(b.String(), "\n")
}

// check refuses numbers that have no meaning.
func (o *serveOptions) check() error {
	if o.pageSize < 0 {
		return failure.Refuse(errors.New("--page-size must be 0 or more"), "usher sandbox serve --help")
	}
	return nil
}

func serve(ctx context.Context, o *serveOptions) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	rate, err := parseRate(o.rateLimit)
	if err != nil {
		return failure.Refuse(fmt.Errorf("--rate-limit: %w", err))
	}
	faults, err := sandbox.ParseFaults(o.faults)
	if err != nil {
		return failure.Refuse(fmt.Errorf("--fault: %w", err))
	}
	tokens, err := o.accepted(ctx)
	if err != nil {
		return err
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
		PageSize: o.pageSize, AllowDuplicates: o.duplicates, Tenants: o.tenants, Tokens: tokens,
		Described: o.app.Descriptions.Names(), Describe: o.app.Describe,
	}
	if o.app.Global.Verbose {
		options.Log = func(line string) { fmt.Fprintln(o.app.Streams.Err, line) }
	}
	server, err := sandbox.New(store, options)
	if err != nil {
		return failure.Refuse(err)
	}
	running, err := sandbox.Start(ctx, o.addr, server)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return failure.Refuse(fmt.Errorf("--addr: %w", err), failure.Note("the address is in use; 0 picks a free port"), "usher sandbox serve --addr 127.0.0.1:0")
	case err != nil:
		return failure.Refuse(fmt.Errorf("--addr: %w", err))
	}
	o.announce(running, tokens)
	return running.Wait() // Ctrl-C ends a server and is not an error
}

func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	return config.ParseRate(text)
}

// accepted returns the credentials that the server accepts, none with --open.
func (o *serveOptions) accepted(ctx context.Context) ([]string, error) {
	if o.open && len(o.tokens) > 0 {
		return nil, failure.Refuse(errors.New("--token cannot be combined with --open"))
	}
	if o.open {
		return nil, nil
	}
	if len(o.tokens) == 0 {
		return []string{rand.Text()}, nil
	}
	var tokens []string
	for _, text := range o.tokens {
		reference, err := secret.Parse(text)
		if err != nil {
			return nil, failure.Refuse(fmt.Errorf("--token: %w", err))
		}
		token, err := o.app.Secrets.Resolve(ctx, reference, "sandbox/token")
		if err != nil {
			return nil, failure.Refuse(fmt.Errorf("--token: %w", err))
		}
		tokens = append(tokens, token.Reveal())
	}
	return tokens, nil
}

// announce prints the addresses and a generated token, one a line, for users and for scripts.
func (o *serveOptions) announce(running *sandbox.Running, tokens []string) {
	line := "%s\t%s\n"
	if o.app.Streams.OutIsTerminal() {
		line = "%-15s  %s\n"
	}
	for _, provider := range served(o.app) {
		fmt.Fprintf(o.app.Streams.Out, line, provider, running.BaseURL(provider))
	}
	fmt.Fprintf(o.app.Streams.Out, line, "evolution token", running.TokenURL())
	accepts := "Only the token above is accepted"
	switch {
	case o.open:
		accepts = "Any credential is accepted, from every user of this machine"
	case len(o.tokens) > 0:
		accepts = "Only the token of --token is accepted"
	default:
		fmt.Fprintf(o.app.Streams.Out, line, "token", tokens[0])
	}
	fmt.Fprintf(o.app.Streams.Err, "Sandbox listening on %s. %s; denied and forbidden are refused with 401 and 403. Press Ctrl-C to stop.\n", running.Addr(), accepts)
}
