package cli

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/internal/sandbox"
)

// passages counts the requests of a transport.
type passages struct {
	next         http.RoundTripper
	sent, beside *atomic.Int64
}

// RoundTrip sends the request.
func (p passages) RoundTrip(request *http.Request) (*http.Response, error) {
	p.sent.Add(1)
	if !rest.PassedResty(request) {
		p.beside.Add(1)
	}
	return p.next.RoundTrip(request)
}

// Every request of every command is sent with resty: the server receives only requests of the watched transport, and
// that transport only requests of resty. A command that is missing in this test fails it.
func TestEveryRequestPassesResty(t *testing.T) {
	store, err := sandbox.MemoryStore()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	provider, err := sandbox.New(store, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var received, sent, beside atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received.Add(1)
		if strings.HasSuffix(r.URL.Path, "/login/access-token") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"ejento_access_token":"issued"}`)
			return
		}
		provider.ServeHTTP(w, r)
	}))
	defer server.Close()

	home := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	base := func(name string) string { return sandbox.BaseURL(server.URL, name) }
	config := file("config.yaml", `default-profile: sulu
profiles:
  sulu: {provider: sulu, base-url: `+base("sulu")+`, token: env:T}
  scim: {provider: scim, base-url: `+base("scim")+`, token: env:T}
  ory: {provider: ory, base-url: `+base("ory")+`, token: env:T}
  ejento: {provider: ejento, base-url: `+base("ejento")+`, auth-server: `+server.URL+`, token: "file:`+file("token", "canary")+`", subscription-key: env:T}
  evolution: {provider: evolution, base-url: `+base("evolution")+`, token-url: `+sandbox.TokenURL(server.URL)+`, client-id: env:T, client-secret: env:T, api-key: env:T}
`)
	roster := file("people.csv", "user_name\nada@example.com\ngrace@example.com\n")
	state := filepath.Join(home, "state")
	covered := map[string]bool{}
	for _, test := range []struct {
		sends bool
		line  string
		input string
	}{
		{true, "doctor -p evolution", ""},
		{true, "doctor -p sulu", ""},
		{true, "profiles check evolution", ""},
		{true, "profiles schema scim --save " + filepath.Join(home, "schema.json"), ""},
		{true, "auth login -p ejento --username ada@example.com --password-stdin", "canary-password\n"},
		{true, "groups list -p scim", ""},
		{true, "groups members Sales -p scim", ""},
		{true, "organizations list -p evolution", ""},
		{true, "roles list -p evolution", ""},
		{true, "users create -p sulu --email ada@example.com --ory-id ory-1 --organization org-1 -o id", ""},
		{true, "users keys create ada@example.com -p sulu --key-file " + filepath.Join(home, "key"), ""},
		{true, "users keys list ada@example.com -p sulu", ""},
		{true, "users import " + roster + " -p scim --yes", ""},
		{true, "users list -p scim", ""},
		{true, "users get ada@example.com -p scim", ""},
		{true, "users verify " + roster + " -p scim", ""},
		{true, "users sync " + roster + " -p scim --plan-out " + filepath.Join(home, "plan.json"), ""},
		{true, "apply " + filepath.Join(home, "plan.json"), ""},
		{true, "users update ada@example.com -p scim --display-name Ada --yes", ""},
		{true, "users deactivate grace@example.com -p scim --yes", ""},
		{true, "users activate grace@example.com -p scim --yes", ""},
		{true, "users groups add ada@example.com grace@example.com --group Sales -p scim --yes", ""},
		{true, "users groups remove grace@example.com --group Sales -p scim --yes", ""},
		{true, "users password ada@example.com -p scim --generate --credentials " + filepath.Join(home, "new.csv") + " --yes", ""},
		{true, "users create -p ory --email ada@example.com --yes", ""},
		{true, "users sessions list ada@example.com -p ory", ""},
		{true, "users sessions revoke ada@example.com -p ory --yes", ""},
		{true, "users mfa reset ada@example.com -p ory --yes", ""},
		{true, "users recovery ada@example.com -p ory --credentials " + filepath.Join(home, "recovery.csv") + " --yes", ""},
		{true, "users delete grace@example.com -p scim --yes", ""},
		{true, "users import " + file("more.csv", "user_name\nbarbara@example.com\n") + " -p scim --yes", ""},
		{true, "runs undo last -p scim --yes", ""},
		{false, "users reap -p scim --yes", ""}, // nobody's time is over
		{false, "runs list", ""},
		{false, "runs show last", ""},
		{false, "runs rows last", ""},
		{false, "runs resume last --yes", ""}, // it has no open files
		{false, "runs settle last --line 1 --created", ""},
		{false, "runs forget ada@example.com -p scim --yes", ""},
		{false, "runs prune --keep 100 --yes", ""},
		{false, "runs export " + filepath.Join(home, "ledger.age") + " --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", ""},
		{false, "runs import " + filepath.Join(home, "ledger.age") + " --identity " + filepath.Join(home, "none"), ""},
		{false, "users template -p scim", ""},
		{false, "profiles add new --provider sulu --token env:T", ""},
		{false, "profiles list", ""},
		{false, "profiles show scim", ""},
		{false, "profiles use sulu", ""},
		{false, "profiles edit new --rate 5/s", ""},
		{false, "profiles rename new newer", ""},
		{false, "profiles remove newer --yes", ""},
		{false, "providers list", ""},
		{false, "providers show sulu", ""},
		{false, "providers check pocketbase", ""}, // its examples are sent within the process
		{false, "providers draft --curl " + file("page.txt", "curl https://api.example.com/users -d '{\"email\":\"ada@example.com\"}'"), ""},
		{false, "providers add " + file("acme.yaml", acmeDescription), ""},
		{false, "sandbox users", ""},
		{false, "sandbox reset --yes", ""},
		{false, "version", ""},
		{false, "commands", ""},
		{false, "completion bash", ""},
		{false, "completion fish", ""},
		{false, "completion powershell", ""},
		{false, "completion zsh", ""},
	} {
		beforeReceived, beforeSent := received.Load(), sent.Load()
		got := usherAs(t, map[string]string{"T": "canary", "USHER_STATE_DIR": state, "USHER_CONFIG": config}, strings.Fields(test.line), func(a *app.App) {
			a.Watch = func(next http.RoundTripper) http.RoundTripper { return passages{next, &sent, &beside} }
			_, _ = io.WriteString(a.Streams.In.(io.Writer), test.input)
		})
		arrived, left := received.Load()-beforeReceived, sent.Load()-beforeSent
		if arrived != left || beside.Load() != 0 || test.sends != (left > 0) {
			t.Errorf("usher %s: %d requests arrived, %d were sent, %d of them beside resty; exit status %d\n%s", test.line, arrived, left, beside.Load(), got.status, got.stderr)
		}
		for _, cmd := range tree(t, NewReference().Root) {
			if path := strings.TrimPrefix(cmd.CommandPath(), "usher "); strings.HasPrefix(test.line+" ", path+" ") {
				covered[path] = true
			}
		}
	}
	for _, cmd := range tree(t, NewReference().Root) {
		path := strings.TrimPrefix(cmd.CommandPath(), "usher ")
		if !cmd.HasSubCommands() && !covered[path] && path != "sandbox serve" { // it is the server
			t.Errorf("usher %s is not in this test: %v are", path, slices.Sorted(maps.Keys(covered)))
		}
	}
}

// acmeDescription is a description with only what is required.
const acmeDescription = `usher: provider/v1
name: acme
vendor: Acme
docs: https://docs.example.com/users
auth:
  - {header: Authorization, prefix: "Bearer ", setting: token, help: API token}
key: email
fields:
  - {name: email, format: email, required: true}
create: {request: POST /users, status: 201}
examples:
  - docs: https://docs.example.com/users
    record: {email: ada@example.com}
    request: {method: POST, path: /users, body: {email: ada@example.com}}
    response: {status: 201, body: {id: 1, email: ada@example.com}}
    user: {id: "1", key: ada@example.com}
`
