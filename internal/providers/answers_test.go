package providers_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// connect makes a provider's client with credentials of no value, at a server
// of this handler.
func connect(t *testing.T, name string, handler http.HandlerFunc) provider.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return profileOf(t, name).client(t, server.URL)
}

// profileOf makes the profile that sets a provider's credentials and nothing else.
func profileOf(t *testing.T, name string) profile {
	t.Helper()
	all := providers.All()
	i := slices.IndexFunc(all, func(a provider.Adapter) bool { return a.Name == name })
	if i < 0 {
		t.Fatalf("no adapter is called %s", name)
	}
	settings := map[string]string{}
	for _, header := range all[i].Auth.Headers {
		settings[header.Setting] = "some-" + header.Setting
	}
	return profile{all[i], settings}
}

// answer writes a status and a JSON body.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // a client that has gone away fails the test itself
}

// sample returns a valid record of a provider.
func sample(t *testing.T, name string) schema.Record {
	t.Helper()
	return providertest.Sample(profileOf(t, name).adapter.Table, 1)
}

// quoted writes a text as JSON.
func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

func TestReasonsAreTheProvidersOwnWords(t *testing.T) {
	tests := []struct {
		provider, body, want string
	}{
		{"sulu", `{"message":"no such organization"}`, "no such organization"},
		{"ejento", `{"success":false,"message":"Email exists.","error":"E1"}`, "Email exists."},
		{"ejento", `{"success":false,"error":"E1"}`, "E1"},
		{"ejento", `<html>`, ""},
		{
			"evolution", `{"code":7,"message":"refused","status":400,"title":"Bad Request","violations":[{"field":"email","message":"must match \\S"},{"field":"","message":"two"}]}`,
			`Bad Request; refused; email must match \S; two`,
		},
		{"evolution", `{"code":41,"message":"Invalid credentials","description":"The token is wrong."}`, "Invalid credentials; The token is wrong."},
		{"evolution", `[]`, ""},
		{"ory", `{"error":{"code":409,"status":"Conflict","reason":"This identity conflicts.","message":"The resource exists"}}`, "This identity conflicts.; The resource exists"},
		{"ory", `{"error":{"error":"invalid","error_description":"It is malformed","message":"no","status_code":422}}`, "no; It is malformed"},
		{"ory", `{"error":{"reason":{}}}`, ""},
	}
	for _, test := range tests {
		client := connect(t, test.provider, func(w http.ResponseWriter, _ *http.Request) { answer(w, 422, test.body) })
		_, err := client.Create(t.Context(), sample(t, test.provider))
		failure, ok := errors.AsType[*provider.Error](err)
		if !ok || failure.Detail != test.want {
			t.Errorf("%s: %s gave %v, want the reason %q", test.provider, test.body, err, test.want)
		}
	}
}
