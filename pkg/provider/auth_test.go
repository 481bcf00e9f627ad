package provider_test

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

func TestAuth(t *testing.T) {
	auth := provider.Auth{
		Headers: []provider.AuthHeader{
			{Name: "Authorization", Prefix: "Bearer ", Setting: "token"}, {Name: "X-API-Key", Setting: "api-key"},
		},
		ClientCredentials: &provider.ClientCredentials{TokenURL: "token-url", ClientID: "client-id", ClientSecret: "client-secret"},
	}
	for _, test := range []struct {
		name         string
		set          []string
		headers      []string
		exchange     bool
		stillMissing []string
	}{
		{"nothing", nil, []string{"token", "api-key"}, false, []string{"token", "api-key"}},
		{"a token", []string{"token"}, []string{"token", "api-key"}, false, []string{"api-key"}},
		{"a token and a key", []string{"token", "api-key"}, []string{"token", "api-key"}, false, nil},
		{"a client", []string{"client-id", "api-key"}, []string{"api-key"}, true, []string{"client-secret"}},
		{"a client with its secret", []string{"client-id", "client-secret"}, []string{"api-key"}, true, []string{"api-key"}},
		{"a client beside a token", []string{"client-id", "client-secret", "api-key", "token"}, []string{"api-key"}, true, nil},
		{"a client's secret alone", []string{"client-secret", "token", "api-key"}, []string{"token", "api-key"}, false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			isSet := func(name string) bool { return slices.Contains(test.set, name) }
			used := auth.Uses(isSet)
			var settings []string
			for _, header := range used.Headers {
				settings = append(settings, header.Setting)
			}
			if !slices.Equal(settings, test.headers) || (used.ClientCredentials != nil) != test.exchange {
				t.Errorf("uses %q and exchange %v, want %q and %v", settings, used.ClientCredentials != nil, test.headers, test.exchange)
			}
			if got := auth.Missing(isSet); !slices.Equal(got, test.stillMissing) {
				t.Errorf("misses %q, want %q", got, test.stillMissing)
			}
		})
	}
}

func TestAuthWithAnOptionalHeader(t *testing.T) {
	auth := provider.Auth{Headers: []provider.AuthHeader{{Name: "Authorization", Prefix: "Bearer ", Setting: "token", Optional: true}}}
	for _, set := range []bool{false, true} {
		isSet := func(string) bool { return set }
		if headers := auth.Uses(isSet).Headers; len(headers) == 1 != set {
			t.Errorf("set %v: uses %d headers", set, len(headers))
		}
		if missing := auth.Missing(isSet); missing != nil {
			t.Errorf("set %v: misses %q", set, missing)
		}
	}
}

func TestAdapterOperation(t *testing.T) {
	adapter := provider.Adapter{Endpoints: []provider.Endpoint{{Capability: provider.CapabilityCreate, Request: "POST /users"}}}
	if operation, ok := adapter.Endpoint(provider.CapabilityCreate); !ok || operation.Request != "POST /users" {
		t.Errorf("got %+v, %v", operation, ok)
	}
	if _, ok := adapter.Endpoint(provider.CapabilityDelete); ok {
		t.Error("an operation that is not documented was found")
	}
}
