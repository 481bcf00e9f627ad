// Package app provides what all commands share: streams, global flags, configuration, connections and ledger.
//
// What may fail is a function. A command that does not call it is not affected by its failure, so that an invalid
// configuration does not prevent help texts.
package app

import (
	"context"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// App is the set of dependencies of all commands. The composition root creates it once.
type App struct {
	// Streams are standard input, output and error.
	Streams *term.Streams
	// LookupEnv returns an environment variable.
	LookupEnv func(name string) (string, bool)
	// Build is the version of this build.
	Build Build
	// Adapters lists the providers that are built in, in the order of reference pages.
	Adapters []provider.Adapter
	// Descriptions finds the providers that are described in files.
	Descriptions Descriptions
	// Settings are the profile settings that every provider has.
	Settings []config.Setting
	// Global are the global flags, as parsed for the command.
	Global *Global
	// Ahead are the global flags, as read before the other flags.
	Ahead Global
	// Secrets resolves secret references and stores secrets.
	Secrets secret.Resolver
	// Form prompts on the terminal.
	Form form.Form

	// Config returns the configuration, which it loads once.
	Config func() (*config.Config, error)
	// Selected returns the profile of the global flags with its adapter.
	Selected func() (*Selection, error)
	// Select returns the profile with this name.
	Select func(name string) (*Selection, error)
	// SelectIn is Select in a configuration that is not written yet.
	SelectIn func(loaded *config.Config, name string) (*Selection, error)
	// SelectPlain is Select without the profile's schema file: the fields are those of every tenant.
	SelectPlain func(name string) (*Selection, error)
	// Connect returns a new connection of a profile.
	Connect func(context.Context, *Selection, ConnectOptions) (*Connection, error)
	// Transport returns the options for the transport of a profile. It validates nothing and resolves no secret.
	Transport func(*Selection) rest.Options
	// Preview returns a new client of a profile that records requests instead of sending them. It requires no
	// secrets.
	Preview func(*Selection) (*rest.Preview, provider.Client, error)
	// Printer returns the printer for -o and --jq.
	Printer func() (*render.Printer, error)
	// Ledger opens the ledger.
	Ledger func(context.Context) (ledger.Store, error)
	// ImportLedger makes a copy that a ledger has exported the ledger of this machine, or the shared one if that is set. It
	// returns the number of its runs, and the place of the ledger. The error is [ledger.ErrHasRuns] if that has runs already.
	ImportLedger func(ctx context.Context, from io.Reader) (runs int, place string, err error)
	// MoveLedger moves the ledger of this machine into the shared one. It returns the number of its runs, and the place of the
	// shared ledger. The error is [ledger.ErrHasRuns] if that has runs already.
	MoveLedger func(ctx context.Context) (runs int, place string, err error)
	// StateDir returns the directory of the ledger and the sandbox.
	StateDir func() (string, error)
	// CacheDir returns the directory of files that may be deleted.
	CacheDir func() (string, error)
	// Watch wraps the transport of every request, for tests; nil for none.
	Watch func(http.RoundTripper) http.RoundTripper
	// Drain returns a channel that is closed at the first interrupt. After the call only the second interrupt cancels
	// the context; otherwise the first one does.
	Drain func() <-chan struct{}
	// Sleep waits between the attempts of a request, or returns early with the error of the context; nil means a
	// timer.
	Sleep func(context.Context, time.Duration) error

	// PlanLasts is how long a plan is valid while it waits for confirmation. After a later answer it is computed again;
	// 0 means a minute.
	PlanLasts time.Duration

	// Rerun runs another command line in this process, with the presentation of this one.
	Rerun func(ctx context.Context, args []string) error

	// Again returns the command line of this execution with more flags, for next steps.
	Again func(flags string) string
	// Prepare are the functions to call before the flags of a command are parsed, because they depend on the profile.
	Prepare map[*cobra.Command]func()
}

// Build is the version of a build.
type Build struct {
	Version, Commit, Date string
}

// Global are the global flags.
type Global struct {
	Profile string
	// Provider and Words are the flag --provider and the arguments without flags, as they were read ahead.
	Provider string
	Words    []string
	Config   string
	Output   string
	JQ       string
	NoInput  bool
	NoColor  bool
	Verbose  bool
	Timeout  time.Duration
}

// Selection is a profile with its adapter and target.
type Selection struct {
	Profile *config.Profile
	Adapter provider.Adapter
	// Target is the tenant of the profile in normal form, as shown and recorded in the ledger.
	Target string
	// Sandbox is true for a built-in profile, which has an embedded server.
	Sandbox bool
}

// SandboxTarget returns the target of a built-in profile. It does not depend on the address of the server, which
// differs in each command. Each machine has its own sandbox, so that a ledger that machines share has a target for each.
func (a *App) SandboxTarget(provider string) string {
	target := provider + " sandbox"
	if !a.SharesLedger() {
		return target
	}
	dir, _ := a.StateDir()
	machine, _ := os.Hostname()
	return target + " of " + machine + ":" + dir
}

// SharesLedger reports whether the ledger is one that several machines share.
func (a *App) SharesLedger() bool {
	loaded, err := a.Config()
	if err != nil {
		return false
	}
	settings, err := loaded.Shared()
	return settings != nil && err == nil
}

// ConnectOptions are the options of a connection.
type ConnectOptions struct {
	// Workers is the maximum number of concurrent requests; 0 means one.
	Workers int
	// OnLimit is called with the values of the provider's rate-limit headers; it may be nil.
	OnLimit func(remaining int, reset time.Duration)
}

// Connection is an open connection to a provider. It must be closed.
type Connection struct {
	// Client sends each request with an effect once. It retries a read after a wait if the provider was busy, if the
	// read could not be sent, or if the response was lost, unless the context is one of [provider.Once].
	Client provider.Client
	// Transport is the transport of the client.
	Transport provider.Transport
	// Credentials returns the credentials that identify a tenant, none in a sandbox; see
	// [provider.Adapter.LastingCredentials].
	Credentials func() []secret.Value
	Close       func()
}

// StepsOf returns the next steps after an error, with the command line instead of each [failure.Again].
func (a *App) StepsOf(err error) []string {
	steps := failure.StepsOf(err)
	for i, step := range steps {
		if flags, ok := failure.CutAgain(step); ok {
			steps[i] = a.Again(flags)
		}
	}
	return steps
}
