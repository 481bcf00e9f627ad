package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/pkg/provider"
)

const sessionPassword = "canary-session-4a8a08f0"

// sessionClient returns a client that logs in, and the lines of its trace.
func sessionClient(t *testing.T, server http.HandlerFunc) (*rest.Client, *strings.Builder) {
	t.Helper()
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	var lines strings.Builder
	client, err := rest.New(rest.Options{
		BaseURL: listening.URL + "/api",
		Auth: provider.Auth{Session: &provider.Session{
			Path: "/sessions", Settings: []string{"user", "password"}, Header: "X-Auth-Token",
			Body: func(values map[string]string) []byte {
				body, _ := json.Marshal(values)
				return body
			},
			Token: func(header http.Header, _ []byte) string { return header.Get("X-Subject-Token") },
		}},
		IsSet:   func(string) bool { return true },
		Setting: func(name string) (string, bool) { return "ada", name == "user" },
		Secret:  func(context.Context, string) (string, error) { return sessionPassword, nil },
		Trace:   func(line string) { lines.WriteString(line + "\n") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, &lines
}

// A token is fetched once, sent in its header, and fetched again when it is refused.
func TestLogInOnceAndAgain(t *testing.T) {
	var logins atomic.Int64
	client, lines := sessionClient(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/api/sessions":
			if r.Header.Get("X-Auth-Token") != "" || string(body) != `{"password":"`+sessionPassword+`","user":"ada"}` {
				t.Errorf("the log-in is %s with %v", body, r.Header)
			}
			w.Header().Set("X-Subject-Token", fmt.Sprintf("canary-token-%d-b1946ac9", logins.Add(1)))
			w.WriteHeader(http.StatusCreated)
		case r.Header.Get("X-Auth-Token") == "canary-token-1-b1946ac9" && r.URL.Path == "/api/late":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			_, _ = w.Write([]byte(`{"token":"` + r.Header.Get("X-Auth-Token") + `"}`))
		}
	})
	for _, path := range []string{"/users", "/users", "/late"} {
		if _, err := client.Do(t.Context(), provider.Request{Op: "read", Method: http.MethodGet, Path: path}); err != nil {
			t.Fatal(err)
		}
	}
	if n := logins.Load(); n != 2 {
		t.Errorf("logged in %d times, want 2", n)
	}
	if text := lines.String(); strings.Contains(text, "canary-") {
		t.Errorf("the trace has a secret:\n%s", text)
	}
}

func TestLogInFailsByClass(t *testing.T) {
	for _, test := range []struct {
		name      string
		status    int
		header    http.Header
		class     provider.Class
		tokenless bool
	}{
		{"wrong password", http.StatusUnauthorized, nil, provider.Denied, false},
		{"bad request", http.StatusBadRequest, nil, provider.Denied, false},
		{"busy", http.StatusTooManyRequests, http.Header{"Retry-After": {"7"}}, provider.Busy, true},
		{"down", http.StatusBadGateway, nil, provider.Unsent, true},
		{"no token", http.StatusOK, nil, provider.Unsent, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := sessionClient(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/sessions" {
					t.Errorf("%s was requested without a token", r.URL.Path)
				}
				for name, values := range test.header {
					w.Header()[name] = values
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(`{"message":"` + sessionPassword + `"}`))
			})
			_, err := client.Do(t.Context(), provider.Request{Op: "create", Method: http.MethodPost, Path: "/users", Body: []byte("{}")})
			if provider.ClassOf(err) != test.class || errors.Is(err, provider.ErrNoToken) != test.tokenless || strings.Contains(err.Error(), "canary") {
				t.Errorf("got %v of class %s", err, provider.ClassOf(err))
			}
		})
	}
}

func TestHTTPBasic(t *testing.T) {
	const password = "canary-basic-8277e091"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, given, ok := r.BasicAuth(); !ok || user != "root" || given != password {
			t.Errorf("got %q, %v", user, ok)
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(r.Header.Get("Authorization")))
	}))
	t.Cleanup(server.Close)
	var lines strings.Builder
	client, err := rest.New(rest.Options{
		BaseURL: server.URL, Auth: provider.Auth{Basic: &provider.BasicAuth{Username: "user", Password: "password"}},
		IsSet:   func(string) bool { return true },
		Setting: func(name string) (string, bool) { return "root", name == "user" },
		Secret:  func(context.Context, string) (string, error) { return password, nil },
		Trace:   func(line string) { lines.WriteString(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Do(t.Context(), provider.Request{Op: "read", Method: http.MethodGet, Path: "/users"})
	for _, secret := range []string{password, "cm9vdDpjYW5hcnkt"} {
		if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(lines.String(), secret) {
			t.Errorf("a secret is shown: %v %s", err, lines.String())
		}
	}
}

// The endpoint for tokens may be below the base URL, and the client in the form.
func TestClientCredentialsInTheBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/base/token" {
			if r.Header.Get("Authorization") != "" || r.FormValue("client_id") != "id" || r.FormValue("client_secret") != "canary-client-2c1743a3" ||
				r.FormValue("audience") != "https://api.example.com/" || r.FormValue("scope") != "a b" {
				t.Errorf("got %v", r.Form)
			}
			_, _ = w.Write([]byte(`{"access_token":"canary-access-3b5d5c37","token_type":"Bearer","expires_in":60}`))
			return
		}
		if r.Header.Get("Authorization") != "Bearer canary-access-3b5d5c37" {
			t.Errorf("got %v", r.Header)
		}
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	client, err := rest.New(rest.Options{
		BaseURL: server.URL + "/base",
		Auth: provider.Auth{ClientCredentials: &provider.ClientCredentials{
			TokenURL: "token-url", ClientID: "client-id", ClientSecret: "client-secret", Path: "/token", InBody: true,
			Scopes: []string{"a", "b"}, Parameters: map[string]string{"audience": "https://api.example.com/"},
		}},
		IsSet:   func(name string) bool { return name != "token-url" },
		Setting: func(name string) (string, bool) { return "id", name == "client-id" },
		Secret:  func(context.Context, string) (string, error) { return "canary-client-2c1743a3", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(t.Context(), provider.Request{Op: "read", Method: http.MethodGet, Path: "/users"}); err != nil {
		t.Fatal(err)
	}
}

// The class of a refusal by its body counts only if the provider's own API refused.
func TestDocumentedRefusals(t *testing.T) {
	for _, test := range []struct {
		name, media, body string
		status            int
		want              provider.Class
	}{
		{"the code", "application/json", `{"code":"taken"}`, http.StatusBadRequest, provider.Conflict},
		{"another code", "application/json", `{"code":"other"}`, http.StatusBadRequest, provider.Invalid},
		{"a page", "text/html", `{"code":"taken"}`, http.StatusBadRequest, provider.Unknown},
		{"a 5xx", "application/json", `{"code":"taken"}`, http.StatusBadGateway, provider.Unknown},
		{"a 401", "application/json", `{"code":"taken"}`, http.StatusUnauthorized, provider.Denied},
		{"a 429", "application/json", `{"code":"taken"}`, http.StatusTooManyRequests, provider.Busy},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", test.media)
			w.WriteHeader(test.status)
			_, _ = w.Write([]byte(test.body))
		}))
		client, err := rest.New(rest.Options{BaseURL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Do(t.Context(), provider.Request{
			Op: "create", Method: http.MethodPost, Path: "/users", Body: []byte("{}"),
			Refusal: func(_ int, body []byte) (provider.Class, bool, bool) {
				return provider.Conflict, true, strings.Contains(string(body), "taken")
			},
		})
		failure, _ := errors.AsType[*provider.Error](err)
		if failure.Class != test.want || failure.Ambiguous != (test.want == provider.Conflict) {
			t.Errorf("%s: %s, %v", test.name, failure.Class, failure.Ambiguous)
		}
		server.Close()
	}
}
