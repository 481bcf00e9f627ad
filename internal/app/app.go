// Package app is what a command is handed: the streams, what was asked for on
// every command, functions for what may fail, and what follows from the selected
// profile: its connection, the admission to its ledger, the next steps of errors. A
// command that does not call a function is not touched by its failure, so a broken
// configuration breaks no help text.
package app

import (
	"context"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// App is made once, by the composition root.
type App struct {
	// Streams are the three streams.
	Streams *term.Streams
	// LookupEnv reads the environment.
	LookupEnv func(name string) (string, bool)
	// Build says which usher this is.
	Build Build
	// Adapters lists the providers, in the order of reference pages.
	Adapters []provider.Adapter
	// Settings are the profile settings that every provider has.
	Settings []config.Setting
	// Global holds the flags that every command has, as the command's own parse reads them.
	Global *Global
	// Ahead holds the same flags as they were read ahead of the others.
	Ahead Global
	// Secrets resolves secret references and stores secrets.
	Secrets secret.Resolver
	// Form asks questions on the terminal.
	Form form.Form

	// Config loads the configuration, once.
	Config func() (*config.Config, error)
	// Selected gives the profile that the command works with, and its adapter.
	Selected func() (*Selection, error)
	// Select does so for a profile that an argument names.
	Select func(name string) (*Selection, error)
	// SelectPlain does so without the profile's file of a schema, so with the fields
	// that hold for every tenant.
	SelectPlain func(name string) (*Selection, error)
	// Connect makes a client for the selected profile.
	Connect func(context.Context, *Selection, ConnectOptions) (*Connection, error)
	// Transport says how the profile's provider is reached. It checks nothing and
	// resolves no secret.
	Transport func(*Selection) rest.Options
	// Preview makes a client for the selected profile that records its requests
	// instead of sending them, and needs no secrets.
	Preview func(*Selection) (*rest.Preview, provider.Client, error)
	// Printer makes the printer for -o and --jq.
	Printer func() (*render.Printer, error)
	// Ledger opens the ledger.
	Ledger func(context.Context) (ledger.Store, error)
	// StateDir gives the folder of the ledger and the sandbox.
	StateDir func() (string, error)
	// CacheDir gives the folder of what may be lost.
	CacheDir func() (string, error)
	// Watch wraps the transport of every request, for tests; nil for none.
	Watch func(http.RoundTripper) http.RoundTripper
	// Drain gives a channel that is closed at the first interrupt, and has the
	// context last until the second one. Without it the first ends the context.
	Drain func() <-chan struct{}
	// Sleep waits between the tries of a request, or returns early with the
	// context's error; nil means the clock.
	Sleep func(context.Context, time.Duration) error

	// PlanLasts is how long a plan counts that waits for its confirmation. After
	// a later answer it is made once more; 0 means a minute.
	PlanLasts time.Duration

	// Rerun runs another command line in this process.
	Rerun func(ctx context.Context, args []string) error

	// Prepare holds what a command must do before its flags are parsed, because
	// they depend on the profile.
	Prepare map[*cobra.Command]func()
}

// Build says which usher this is.
type Build struct {
	Version, Commit, Date string
}

// Global holds the flags that every command has.
type Global struct {
	Profile string
	Config  string
	Output  string
	JQ      string
	NoInput bool
	NoColor bool
	Verbose bool
	Timeout time.Duration
}

// Selection is a profile with what follows from it.
type Selection struct {
	Profile *config.Profile
	Adapter provider.Adapter
	// Target says where the profile points, for people and for the ledger.
	Target string
	// Sandbox says that the profile is a built-in one, whose server is embedded.
	Sandbox bool
}

// SandboxTarget gives the target of a built-in profile. The server's address
// changes with each command; the store behind it does not.
func SandboxTarget(provider string) string { return provider + " sandbox" }

// ConnectOptions say what a connection is for.
type ConnectOptions struct {
	// Workers is how many requests may be under way at once; 0 means one.
	Workers int
	// OnLimit is told what the provider's rate-limit headers say; it may be nil.
	OnLimit func(remaining int, reset time.Duration)
}

// Connection is a client that is ready to send. Close it.
type Connection struct {
	// Client sends each request that has an effect once. It sends a read again, after a
	// while, if the provider was too busy, if it could not be sent, or if the response
	// was lost, unless the context is one of [provider.Once].
	Client provider.Client
	// Transport is what the client sends with.
	Transport provider.Transport
	// Credentials returns those of the credentials that tell one tenant from another;
	// see [provider.Adapter.LastingCredentials]. There are none in a sandbox.
	Credentials func() []secret.Value
	Close       func()
}
