package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/form"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/internal/ledger/file"
	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/render"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/secret"
	"github.com/bring-aboard/usher/internal/target"
	"github.com/bring-aboard/usher/internal/term"
	"github.com/bring-aboard/usher/pkg/provider"
)

// compose returns the composed program. It reads and opens nothing.
func compose(streams *term.Streams, build app.Build, ahead app.Global) *app.App {
	a := &app.App{
		Streams:      streams,
		LookupEnv:    os.LookupEnv,
		Build:        build,
		Adapters:     providers.All(),
		Descriptions: descriptions(ahead.Config),
		Settings:     commonSettings(),
		Global:       &app.Global{},
		Ahead:        ahead,
		Secrets:      secret.Resolver{},
		Form:         form.Form{Streams: streams},
		Prepare:      map[*cobra.Command]func(){},
	}
	a.Config = sync.OnceValues(func() (*config.Config, error) {
		path, err := config.Locate(ahead.Config)
		if err != nil && !errors.Is(err, config.ErrNoDirectory) { // without a directory, there are the variables
			return nil, failure.Refuse(err)
		}
		if err := a.Descriptions.Check(); err != nil {
			return nil, failure.Refuse(err, "unset "+providerFile)
		}
		loaded, err := config.Load(path, config.Options{
			Variables: otherVariables(), Common: a.Settings, Providers: providerSettings(a), Builtins: sandboxProfiles(a),
		})
		if err != nil {
			return nil, failure.Refuse(err)
		}
		return loaded, nil
	})
	choosing := func(plain bool) func(string) (*app.Selection, error) {
		return func(name string) (*app.Selection, error) {
			loaded, err := a.Config()
			if err != nil {
				return nil, err
			}
			return choose(a, loaded, name, ahead.Timeout, plain)
		}
	}
	a.Select, a.SelectPlain = choosing(false), choosing(true)
	a.SelectIn = func(loaded *config.Config, name string) (*app.Selection, error) {
		return choose(a, loaded, name, ahead.Timeout, false)
	}
	a.Selected = sync.OnceValues(func() (*app.Selection, error) { return a.Select(ahead.Profile) })
	inSandbox := sync.OnceFunc(func() { fmt.Fprintln(streams.Err, "Sandbox: no real provider is contacted.") })
	a.Connect = func(ctx context.Context, selection *app.Selection, options app.ConnectOptions) (*app.Connection, error) {
		return connect(ctx, a, selection, options, inSandbox)
	}
	a.Transport = func(selection *app.Selection) rest.Options {
		return transportOptions(a, selection, app.ConnectOptions{})
	}
	a.Preview = func(selection *app.Selection) (*rest.Preview, provider.Client, error) { return preview(a, selection) }
	a.Printer = sync.OnceValues(func() (*render.Printer, error) {
		format, err := render.ParseFormat(a.Global.Output)
		if err != nil {
			return nil, failure.Refuse(err)
		}
		printer, err := render.New(streams, format, a.Global.JQ)
		if err != nil {
			return nil, failure.Refuse(err)
		}
		return printer, nil
	})
	a.StateDir = func() (string, error) { return file.StateDir(os.Getenv) }
	a.CacheDir = func() (string, error) {
		dir, err := os.UserCacheDir()
		return filepath.Join(dir, "usher"), err
	}
	a.Ledger = func(ctx context.Context) (ledger.Store, error) { return openLedger(ctx, a) }
	a.MoveLedger = func(ctx context.Context) (int, string, error) { return moveLedger(ctx, a) }
	a.ImportLedger = func(ctx context.Context, from io.Reader) (int, string, error) { return importLedger(ctx, a, from) }
	return a
}

// choose returns a profile of a configuration with its adapter and target. An empty name means the profile that the
// environment or the configuration selects. A plain selection has no schema file, because that may be the file to fetch.
func choose(a *app.App, loaded *config.Config, name string, timeout time.Duration, plain bool) (*app.Selection, error) {
	overrides := map[string]string{}
	if timeout > 0 {
		overrides["timeout"] = timeout.String()
	}
	profile, err := loaded.Profile(name, overrides)
	if none, ok := errors.AsType[*config.NoProfileError](err); ok && none.Empty {
		return nil, failure.Refuse(err, failure.Note("try it in the sandbox"), failure.Again("-p "+sandboxPrefix+a.Adapters[0].Name))
	}
	if unknown, ok := errors.AsType[*config.UnknownProfileError](err); ok && isProvider(a, unknown.Name) {
		return nil, failure.Refuse(err,
			failure.Note(unknown.Name+" is a provider; add a profile for it"), fmt.Sprintf("usher profiles add %[1]s --provider %[1]s", unknown.Name),
			failure.Note("or use its sandbox"), failure.Again("-p "+sandboxPrefix+unknown.Name))
	}
	if err != nil {
		return nil, failure.Refuse(err)
	}
	selection := &app.Selection{Profile: profile, Sandbox: profile.Builtin}
	if selection.Adapter, _, err = a.Provider(profile.Provider); err != nil {
		return nil, failure.Refuse(err, "usher providers check "+profile.Provider)
	}
	if tailor := selection.Adapter.ForTenant; tailor != nil {
		if _, ok := selection.Adapter.Endpoint(provider.CapabilitySchema); ok && plain {
			overrides[provider.SchemaFile] = ""
			if selection.Profile, err = loaded.Profile(name, overrides); err != nil {
				return nil, failure.Refuse(err)
			}
			profile = selection.Profile
		}
		if selection.Adapter, err = tailor(adapterSetting(selection)); err != nil {
			return nil, failure.Refuse(fmt.Errorf("profile %s: %w", profile.Name, err), "usher profiles show "+profile.Name)
		}
	}
	if selection.Target, err = targetOf(a, selection); err != nil {
		return nil, failure.Refuse(err, "usher profiles show "+profile.Name)
	}
	return selection, nil
}

// targetOf returns the target of a profile in normal form, as the ledger and its locks record it.
func targetOf(a *app.App, selection *app.Selection) (string, error) {
	profile, provider := selection.Profile, selection.Adapter.Name
	baseURL, _ := profile.Text("base-url")
	tenant, named := profile.Text("tenant")
	switch {
	case selection.Sandbox:
		return a.SandboxTarget(provider), nil
	case named && target.CheckTenant(tenant) != nil:
		return "", profile.SettingError("tenant", "", target.CheckTenant(tenant))
	case baseURL == "":
		return provider + " (no base URL)", nil
	}
	made, err := target.New(provider, baseURL, tenant)
	if err != nil {
		return "", profile.SettingError("base-url", "", err)
	}
	return made.String(), nil
}

// isProvider reports whether a provider has the name.
func isProvider(a *app.App, name string) bool {
	return slices.Contains(a.ProviderNames(), name)
}

// adapterSetting returns the plain settings of a profile. In a sandbox, one that requests require and has no value has any.
func adapterSetting(selection *app.Selection) func(string) string {
	return func(name string) string {
		text, _ := selection.Profile.Text(name)
		if text == "" && selection.Sandbox && slices.ContainsFunc(selection.Adapter.Settings, func(s provider.Setting) bool { return s.Name == name && (s.Required || s.RequiredBySome) }) {
			return "sandbox"
		}
		return text
	}
}
