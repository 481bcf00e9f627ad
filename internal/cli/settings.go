package cli

import (
	"github.com/bring-aboard/usher/internal/app"
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

// providerSettings returns the settings of each provider as settings of the configuration.
func providerSettings(adapters []provider.Adapter) []config.Provider {
	list := make([]config.Provider, len(adapters))
	for i, adapter := range adapters {
		list[i].Name = adapter.Name
		if adapter.BaseURL != "" {
			list[i].Settings = append(list[i].Settings, config.Setting{Name: "base-url", Help: "base URL of the API", Kind: config.URL, Default: adapter.BaseURL})
		}
		for _, s := range adapter.Settings {
			list[i].Settings = append(list[i].Settings, config.Setting{
				Name: s.Name, Help: s.Help, Kind: app.KindOf(adapter, s), Secret: s.Secret, Default: s.Default, Values: s.Values,
			})
		}
	}
	return list
}

// sandboxProfiles returns the profiles that always exist. None has an address: it is known only after the start of
// the server.
func sandboxProfiles() []config.Builtin {
	var list []config.Builtin
	for _, name := range sandbox.Providers() {
		list = append(list, config.Builtin{Name: sandboxPrefix + name, Settings: map[string]string{"provider": name}})
	}
	return list
}

const sandboxPrefix = "sandbox-"

// otherVariables returns the USHER_ variables that are not settings.
func otherVariables() []string { return []string{"USHER_CONFIG", "USHER_PROFILE", "USHER_STATE_DIR"} }
