package interop

import (
	"context"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
)

// TestConformance tries the adapter against each server.
func TestConformance(t *testing.T) {
	for _, s := range servers(t) {
		t.Run(s.name, func(t *testing.T) {
			providertest.Run(t, providertest.Subject{
				Adapter: scim(t),
				Connect: connect,
				Serve: func(t testing.TB) string {
					s.clear(t)
					return s.base
				},
			})
		})
	}
}

func scim(t testing.TB) provider.Adapter {
	t.Helper()
	all := providers.All()
	at := slices.IndexFunc(all, func(a provider.Adapter) bool { return a.Name == "scim" })
	if at < 0 {
		t.Fatal("no adapter is called scim")
	}
	return all[at]
}

// connect makes a client of the adapter with the program's own transport.
func connect(t testing.TB, baseURL string) provider.Client {
	t.Helper()
	adapter := scim(t)
	plain := func(name string) (string, bool) {
		for _, setting := range adapter.Settings {
			if setting.Name == name && !setting.Secret {
				return setting.Default, setting.Default != ""
			}
		}
		return "", false
	}
	transport, err := rest.New(rest.Options{
		BaseURL: baseURL, Auth: adapter.Auth, Reason: adapter.Reason, Setting: plain,
		IsSet:  func(name string) bool { return name == "token" },
		Secret: func(context.Context, string) (string, error) { return token, nil },
	})
	check(t, err)
	t.Cleanup(transport.Close)
	client, err := adapter.New(provider.Connection{
		Transport: transport,
		Setting:   func(name string) string { value, _ := plain(name); return value },
	})
	check(t, err)
	return client
}
