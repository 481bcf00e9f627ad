package providers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// TestConformance tries every adapter against the sandbox, with the program's
// own transport, in every way in which a profile can set it up.
func TestConformance(t *testing.T) {
	tried := 0
	for _, adapter := range providers.All() {
		for name, profile := range setups(t, adapter) {
			tried++
			t.Run(adapter.Name+" "+name, func(t *testing.T) {
				t.Parallel()
				providertest.Run(t, providertest.Subject{
					Adapter: profile.adapter,
					Connect: profile.client,
					Serve:   func(t providertest.TB) string { return serve(t).BaseURL(adapter.Name) },
					Record:  func(n int) schema.Record { return onePrimary(providertest.Sample(profile.adapter.Table, n)) },
				})
			})
		}
	}
	if want := 8; tried < want { // Sulu, two generations of Ejento, two ways into Evolution, two schemas of Ory, SCIM
		t.Errorf("tried %d set-ups, want at least %d", tried, want)
	}
}

// onePrimary leaves the first of several values the only preferred one (RFC
// 7643, 2.4).
func onePrimary(record schema.Record) schema.Record {
	for _, value := range record {
		if objects, ok := value.([]schema.Record); ok {
			for _, object := range objects[1:] {
				if object["primary"] == true {
					object["primary"] = false
				}
			}
		}
	}
	return record
}

// setups lists the ways in which a profile can set an adapter up: each value of
// a setting that has known ones, and each way of authentication.
func setups(t *testing.T, adapter provider.Adapter) map[string]profile {
	credentials := map[string]string{}
	for _, header := range adapter.Auth.Headers {
		credentials[header.Setting] = "canary-" + header.Setting + "-2c26b46b"
	}
	listed := map[string]profile{}
	for _, setting := range adapter.Settings {
		for _, value := range setting.Values {
			listed["with "+setting.Name+" "+value] = profile{adapter, withSettings(credentials, map[string]string{setting.Name: value})}
		}
	}
	for _, setting := range adapter.Settings {
		if setting.Required || setting.RequiredBySome {
			credentials[setting.Name] = "acme"
		}
	}
	if len(listed) == 0 && (len(adapter.Auth.Headers) > 0 || len(adapter.Auth.Settings()) == 0) {
		listed["as it comes"] = profile{adapter, credentials}
	}
	if basic := adapter.Auth.Basic; basic != nil {
		listed["with HTTP Basic"] = profile{adapter, withSettings(credentials, map[string]string{
			basic.Username: "canary-username-8d7f", basic.Password: "canary-password-0cc175b9",
		})}
	}
	for _, file := range schemaFiles(t, adapter) {
		id, _, _ := strings.Cut(filepath.Base(file), ".")
		listed["with the schema "+id] = tailored(t, adapter, withSettings(credentials, map[string]string{provider.SchemaFile: file, "schema-id": id}))
	}
	if exchange := adapter.Auth.ClientCredentials; exchange != nil {
		listed["with client credentials"] = profile{adapter, withSettings(credentials, map[string]string{
			exchange.ClientID: "canary-client", exchange.ClientSecret: "canary-client-secret-fcde2b2e",
			exchange.TokenURL: issuer(t),
		})}
	}
	for name, made := range listed {
		if adapter.ForTenant != nil {
			listed[name] = tailored(t, adapter, made.settings)
		}
	}
	return listed
}

// schemaFiles lists the tenants' own schemas in an adapter's test data.
func schemaFiles(t *testing.T, adapter provider.Adapter) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(adapter.Name, "testdata", "schema", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// tailored makes the profile of these settings with the adapter as it has it.
func tailored(t *testing.T, adapter provider.Adapter, settings map[string]string) profile {
	t.Helper()
	made := profile{adapter, settings}
	if adapter.ForTenant == nil {
		return made
	}
	var err error
	made.adapter, err = adapter.ForTenant(func(name string) string { value, _ := made.plain(name); return value })
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// issuer starts a server that issues a new access token on each request.
func issuer(t *testing.T) (address string) {
	var issued atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"token_type":"Bearer","access_token":"canary-issued-%d-0bdf27bf","expires_in":3600}`, issued.Add(1))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func withSettings(settings, more map[string]string) map[string]string {
	all := maps.Clone(settings)
	maps.Copy(all, more)
	return all
}
