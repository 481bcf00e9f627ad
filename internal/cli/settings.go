package cli

import (
	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/config"
	"github.com/bring-aboard/usher/internal/sandbox"
	"github.com/bring-aboard/usher/pkg/provider"
)

// commonSettings are the settings that every profile has.
func commonSettings() []config.Setting {
	return []config.Setting{
		{Name: "base-url", Help: "address of the API", Kind: config.URL},
		{Name: "tenant", Help: "name that tells tenants at one address apart", Connection: true},
		{Name: "rate", Help: "requests in a time, like 5/s", Kind: config.Rate},
		{Name: "concurrency", Help: "requests under way at once", Kind: config.Int, Default: "8"},
		{Name: "timeout", Help: "time limit of one request", Kind: config.Duration, Default: "30s"},
		{Name: "settle-after", Help: "wait before a create in doubt is settled, for example 60s, or never", Kind: config.Wait},
		{Name: "max-wait", Help: "longest wait for the provider to accept requests again", Kind: config.Duration, Default: "5m"},
		{Name: "ca-file", File: true, Help: "PEM file with certificates to trust beside the system's"},
		{Name: "client-cert", File: true, Connection: true, Help: "PEM file with a client certificate"},
		{Name: "client-key", File: true, Connection: true, Help: "PEM file with the client certificate's key"},
		{Name: "allow-http", Help: "allow plain http:// beyond this machine", Kind: config.Bool},
		{Name: "max-rows", Help: "largest import that the profile allows", Kind: config.Int},
		{Name: "confirm", Help: "how an import is confirmed; name: by typing the profile's name", Values: []string{"yes", "name"}},
	}
}

// providerSettings gives each provider's own settings in the configuration's words.
func providerSettings(adapters []provider.Adapter) []config.Provider {
	list := make([]config.Provider, len(adapters))
	for i, adapter := range adapters {
		list[i].Name = adapter.Name
		if adapter.BaseURL != "" {
			list[i].Settings = append(list[i].Settings, config.Setting{Name: "base-url", Help: "address of the API", Kind: config.URL, Default: adapter.BaseURL})
		}
		for _, s := range adapter.Settings {
			list[i].Settings = append(list[i].Settings, config.Setting{
				Name: s.Name, Help: s.Help, Kind: app.KindOf(adapter, s), Secret: s.Secret, Default: s.Default, Values: s.Values,
			})
		}
	}
	return list
}

// sandboxProfiles are the profiles that always exist. The address of each is
// known only when its server has been started.
func sandboxProfiles() []config.Builtin {
	var list []config.Builtin
	for _, name := range sandbox.Providers() {
		list = append(list, config.Builtin{Name: sandboxPrefix + name, Settings: map[string]string{"provider": name}})
	}
	return list
}

const sandboxPrefix = "sandbox-"

// otherVariables are the USHER_ variables that are no settings.
func otherVariables() []string { return []string{"USHER_CONFIG", "USHER_PROFILE", "USHER_STATE_DIR"} }
