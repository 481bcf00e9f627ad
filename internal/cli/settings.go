package cli

import (
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/cmdutil"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
)

// commonSettings returns the settings that every profile has.
func commonSettings() []config.Setting {
	return []config.Setting{
		{Name: "base-url", Help: "base URL of the API", Kind: config.URL},
		{Name: "tenant", Help: "name that distinguishes tenants with the same base URL", Connection: true},
		{Name: "rate", Help: "maximum request rate, for example 5/s", Kind: config.Rate},
		{Name: "concurrency", Help: "maximum concurrent requests", Kind: config.Int, Default: "8"},
		{Name: "timeout", Help: "timeout for each request", Kind: config.Duration, Default: "30s"},
		{Name: "settle-after", Help: "wait before usher settles a create in doubt, for example 60s, or never", Kind: config.Wait},
		{Name: "max-wait", Help: "longest wait for the provider to accept requests again", Kind: config.Duration, Default: "5m"},
		{Name: "ca-file", File: true, Help: "PEM file with additional CA certificates to trust"},
		{Name: "client-cert", File: true, Connection: true, Help: "PEM file with a client certificate"},
		{Name: "client-key", File: true, Connection: true, Help: "PEM file with the private key of the client certificate"},
		{Name: "allow-http", Help: "allow http:// for hosts other than this machine", Kind: config.Bool},
		{Name: "max-rows", Help: "maximum number of users that one run may change", Kind: config.Int},
		{Name: "confirm", Help: "required confirmation: yes, or name (type the profile name)", Values: []string{"yes", "name"}},
	}
}

// providerSettings gives each provider's own settings in the configuration's words. Those of described providers are
// read when they are needed.
func providerSettings(a *app.App) []config.Provider {
	var list []config.Provider
	for _, adapter := range a.Adapters {
		list = append(list, config.Provider{Name: adapter.Name, Settings: settingsOf(adapter)})
	}
	for _, name := range a.Descriptions.Names() {
		list = append(list, config.Provider{Name: name, Read: func() []config.Setting {
			one, err := a.Descriptions.Get(name)
			if err != nil {
				return nil // whoever uses the provider gets the error
			}
			return settingsOf(one.Adapter)
		}})
	}
	return list
}

// settingsOf returns an adapter's own settings in the configuration's words.
func settingsOf(adapter provider.Adapter) []config.Setting {
	var list []config.Setting
	if adapter.BaseURL != "" {
		list = append(list, config.Setting{Name: "base-url", Help: "address of the API", Kind: config.URL, Default: adapter.BaseURL})
	}
	for _, s := range adapter.Settings {
		list = append(list, config.Setting{
			Name: s.Name, Help: s.Help, Kind: app.KindOf(adapter, s), Secret: s.Secret, Default: s.Default, Values: s.Values,
		})
	}
	return list
}

// sandboxProfiles are the profiles that always exist. The address of each is
// known only when its server has been started.
func sandboxProfiles(a *app.App) []config.Builtin {
	var list []config.Builtin
	for _, name := range append(sandbox.Providers(), a.Descriptions.Names()...) {
		list = append(list, config.Builtin{Name: sandboxPrefix + name, Settings: map[string]string{"provider": name}})
	}
	return list
}

const sandboxPrefix = "sandbox-"

// otherVariables are the USHER_ variables that are no settings.
func otherVariables() []string {
	return []string{"USHER_CONFIG", "USHER_PROFILE", "USHER_STATE_DIR", cmdutil.CompletionVariable, providerFile}
}
