package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/secret"
)

// tenant is a profile with a token from a login.
type tenant struct {
	t      *testing.T
	config string
	kept   fakeKeyring
	file   string // with the token, "" if it is in the keyring
	server *rawServer
}

// newTenant returns a new profile for a server with this response to logins, and 401 to creates.
func newTenant(t *testing.T, login string) *tenant {
	t.Helper()
	server, err := startRawServer(func(_ int, request rawRequest) answer {
		if strings.HasPrefix(request.head, "POST /api/login/access-token\n") {
			return answerText(login)
		}
		return echo(401, request)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	ten := &tenant{t: t, config: filepath.Join(t.TempDir(), "config.yaml"), kept: fakeKeyring{}, server: server}
	got := ten.run("", "profiles", "add", "acme", "--provider", "ejento", "--base-url", server.url(), "--auth-server", server.url(),
		"--subscription-key", "env:KEY", "--token", "keyring:")
	if got.status != failure.StatusOK {
		t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
	}
	return ten
}

// run runs a command line with this standard input. Its output must not contain a secret.
func (ten *tenant) run(input string, args ...string) result {
	ten.t.Helper()
	got := usherAs(ten.t, map[string]string{"KEY": "canary-key"}, append(args, "--config", ten.config), func(a *app.App) {
		a.Secrets.Keyring = ten.kept
		_, _ = io.WriteString(a.Streams.In.(io.Writer), input)
	})
	got.showsNoSecret(ten.t)
	result{home: filepath.Dir(ten.config)}.showsNoSecret(ten.t)
	return got
}

// create runs a create of a user.
func (ten *tenant) create() result {
	ten.t.Helper()
	return ten.run("", append([]string{"users", "create", "-p", "acme"}, subjects()[1].args...)...)
}

const goodLogin = "HTTP/1.1 200 OK\n\n" + `{"data":{"ejento_access_token":"canary-token"}}`

// The token of a login is stored in the keyring with its age, used from there, and removed with its profile.
func TestLoginKeepsTheTokenInTheKeyring(t *testing.T) {
	ten := newTenant(t, goodLogin)
	got := ten.run("canary-password\n", "auth", "login", "-p", "acme", "--username", "ada@example.com", "--password-stdin", "-v")
	if got.status != failure.StatusOK || !strings.Contains(got.stderr, "keyring") || !strings.Contains(got.stderr, "7 days") {
		t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
	}
	if ten.kept["acme/token"] != "canary-token" {
		t.Errorf("the keyring holds %q", ten.kept)
	}
	issued, about, _ := strings.Cut(ten.kept["acme/token/issued"], " ")
	when, err := time.Parse(time.RFC3339, issued)
	if err != nil || time.Since(when) > time.Hour || about == "" {
		t.Errorf("the note says %q", ten.kept["acme/token/issued"])
	}
	got = ten.create()
	if got.status != failure.StatusDenied || !strings.Contains(got.stderr, "next: usher auth login -p acme\n") {
		t.Errorf("exit status %d:\n%s", got.status, got.stderr)
	}
	if requests := ten.server.requests(); len(requests) != 2 || !strings.Contains(requests[1].head, "Authorization: Bearer canary-token\n") {
		t.Errorf("the provider was sent %q", requests)
	}
	if got := ten.run("", "profiles", "remove", "acme", "--yes"); got.status != failure.StatusOK || len(ten.kept) != 0 {
		t.Errorf("exit status %d, and the keyring holds %q:\n%s", got.status, ten.kept, got.stderr)
	}
}

// A token causes a warning from its last day on, regardless of where it is stored.
func TestOldTokenIsWarnedOf(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		age  time.Duration
		want string
	}{
		"fresh":          {time.Hour, ""},
		"before the day": {6*day - time.Hour, ""},
		"last day":       {6*day + time.Hour, "6 days"},
		"expired":        {9 * day, "9 days"},
		"of tomorrow":    {-day, ""},
	} {
		for _, place := range []string{"keyring", "file"} {
			t.Run(name+" in a "+place, func(t *testing.T) {
				ten := newTenant(t, goodLogin)
				issued := time.Now().Add(-test.age)
				ten.keep(place, issued)
				got := ten.create()
				var warnings []string
				for line := range strings.Lines(got.stderr) {
					if strings.HasPrefix(line, "warning: ") {
						warnings = append(warnings, line)
					}
				}
				if test.want == "" && len(warnings) == 0 && got.status == failure.StatusDenied {
					return
				}
				if got.status != failure.StatusDenied || test.want == "" || len(warnings) != 1 {
					t.Fatalf("exit status %d with %d warnings, want one with %q:\n%s", got.status, len(warnings), test.want, got.stderr)
				}
				for _, fact := range []string{"profile acme", test.want, "7 days", "usher auth login -p acme"} {
					if !strings.Contains(warnings[0], fact) {
						t.Errorf("the warning lacks %q: %s", fact, warnings[0])
					}
				}
			})
		}
	}
}

// keep stores a token with this time of issue.
func (ten *tenant) keep(place string, issued time.Time) {
	ten.t.Helper()
	if place == "keyring" {
		token, err := secret.NewValue("canary-token")
		if err == nil {
			err = (secret.Resolver{Keyring: ten.kept}).StoreIssued(ten.t.Context(), secret.FromKeyring(""), "acme/token", secret.Issued{Value: token, At: issued})
		}
		if err != nil {
			ten.t.Fatal(err)
		}
		return
	}
	path := filepath.Join(ten.t.TempDir(), "token")
	ten.file = path
	if err := os.WriteFile(path, []byte("canary-token\n"), 0o600); err != nil {
		ten.t.Fatal(err)
	}
	if err := os.Chtimes(path, issued, issued); err != nil {
		ten.t.Fatal(err)
	}
	if got := ten.run("", "profiles", "edit", "acme", "--token", "file:"+path); got.status != failure.StatusOK {
		ten.t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
	}
}

// A token is renewed with what a login stored next to it, on its last day and after a 401. The renewed pair takes its
// place, and the server of the API never receives what renews a token.
func TestTokenIsRenewed(t *testing.T) {
	const day = 24 * time.Hour
	renewal := "HTTP/1.1 200 OK\n\n" + `{"success":true,"data":{"access_token":"canary-renewal-2","ejento_access_token":"canary-token-2"}}`
	for name, test := range map[string]struct {
		age              time.Duration
		accepted         string // the only token that the API accepts; every one if empty
		renewal          string
		byHand           bool // the token was replaced after the login
		status, requests int
		token            string // that the API accepts, or refuses at last
		warned           bool
	}{
		"fresh":                  {time.Hour, "", renewal, false, failure.StatusOK, 1, "canary-token", false},
		"on its last day":        {6*day + time.Hour, "", renewal, false, failure.StatusOK, 2, "canary-token-2", false},
		"expired":                {30 * day, "canary-token-2", renewal, false, failure.StatusOK, 2, "canary-token-2", false},
		"refused":                {time.Hour, "canary-token-2", renewal, false, failure.StatusOK, 3, "canary-token-2", false},
		"not renewable any more": {6*day + time.Hour, "", "HTTP/1.1 401 Unauthorized\n\n", false, failure.StatusOK, 2, "canary-token", true},
		"refused, not renewable": {time.Hour, "none", "HTTP/1.1 401 Unauthorized\n\n", false, failure.StatusDenied, 2, "canary-token", true},
		"renewal is down":        {6*day + time.Hour, "", "HTTP/1.1 503 Service Unavailable\n\n", false, failure.StatusOK, 2, "canary-token", true},
		"another response":       {6*day + time.Hour, "", "HTTP/1.1 200 OK\n\n" + `{"data":{"access_token":"canary-app"}}`, false, failure.StatusOK, 2, "canary-token", true},
		"replaced by hand":       {30 * day, "", renewal, true, failure.StatusOK, 1, "canary-by-hand", false},
	} {
		for _, place := range []string{"keyring", "file"} {
			t.Run(name+" in a "+place, func(t *testing.T) {
				ten := newTenant(t, goodLogin)
				ten.server.close()
				server, err := startRawServer(func(_ int, request rawRequest) answer {
					switch {
					case strings.HasPrefix(request.head, "POST /api/users/refresh-access-token\n"):
						if !strings.Contains(request.head, "Authorization: Bearer canary-renewal\n") || request.body != "" {
							t.Errorf("the renewal is %q", request)
						}
						return answerText(test.renewal)
					case strings.Contains(request.head, "renewal"):
						t.Errorf("the API received %q", request.head)
					case test.accepted != "" && !strings.Contains(request.head, "Bearer "+test.accepted+"\n"):
						return echo(401, request)
					}
					return answerText(subjects()[1].created)
				})
				if err != nil {
					t.Fatal(err)
				}
				ten.server = server
				t.Cleanup(server.close)
				if got := ten.run("", "profiles", "edit", "acme", "--base-url", server.url(), "--auth-server", server.url()); got.status != failure.StatusOK {
					t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
				}
				ten.keepRenewable(place, time.Now().Add(-test.age))
				if test.byHand {
					ten.replaceToken("canary-by-hand")
				}
				got := ten.create()
				requests := server.requests()
				if got.status != test.status || len(requests) != test.requests {
					t.Fatalf("exit status %d after %d requests, want %d after %d:\n%s", got.status, len(requests), test.status, test.requests, got.stderr)
				}
				if last := requests[len(requests)-1].head; test.status == failure.StatusOK && !strings.Contains(last, "Authorization: Bearer "+test.token+"\n") {
					t.Errorf("the create was sent with %s", last)
				}
				if warned := strings.Contains(got.stderr, ": usher auth login -p acme\n"); warned != test.warned {
					t.Errorf("warned: %v, want %v:\n%s", warned, test.warned, got.stderr)
				}
				if stored := ten.stored(); stored != test.token {
					t.Errorf("%q is stored, want %q", stored, test.token)
				}
			})
		}
	}
}

// A renewal that is down for a moment sends nothing with the refused token, and fails no user.
func TestRenewalThatIsDownFailsNoUser(t *testing.T) {
	ten := newTenant(t, goodLogin)
	ten.keepRenewable("keyring", time.Now())
	got := ten.create() // 401 to the create, and to the renewal as well
	if got.status != failure.StatusDenied {
		t.Errorf("exit status %d:\n%s", got.status, got.stderr)
	}
	server, err := startRawServer(func(_ int, request rawRequest) answer { return echo(503, request) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.close)
	if got := ten.run("", "profiles", "edit", "acme", "--auth-server", server.url(), "--max-wait", "1s"); got.status != failure.StatusOK {
		t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
	}
	before := len(ten.server.requests())
	if got := ten.create(); got.status != failure.StatusFailed || len(ten.server.requests()) != before+1 {
		t.Errorf("exit status %d after %d requests, want 1:\n%s", got.status, len(ten.server.requests())-before, got.stderr)
	}
}

// keepRenewable stores a token with this time of issue, and what renews it.
func (ten *tenant) keepRenewable(place string, issued time.Time) {
	ten.t.Helper()
	ten.keep(place, issued)
	token, err := secret.NewValue("canary-token")
	if err != nil {
		ten.t.Fatal(err)
	}
	refresh, err := secret.NewValue("canary-renewal")
	if err != nil {
		ten.t.Fatal(err)
	}
	ref := secret.FromKeyring("")
	if ten.file != "" {
		ref = secret.FromFile(ten.file)
	}
	if err := (secret.Resolver{Keyring: ten.kept}).StoreIssued(ten.t.Context(), ref, "acme/token", secret.Issued{Value: token, Refresh: refresh, At: issued}); err != nil {
		ten.t.Fatal(err)
	}
	if ten.file != "" {
		if err := os.Chtimes(ten.file, issued, issued); err != nil {
			ten.t.Fatal(err)
		}
	}
}

// replaceToken stores another token in the place of the one from the login.
func (ten *tenant) replaceToken(token string) {
	ten.t.Helper()
	if ten.file == "" {
		if got := ten.run(token, "profiles", "edit", "acme", "--token-stdin"); got.status != failure.StatusOK {
			ten.t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
		}
		return
	}
	if err := os.WriteFile(ten.file, []byte(token+"\n"), 0o600); err != nil {
		ten.t.Fatal(err)
	}
}

// stored returns the token that the profile reads.
func (ten *tenant) stored() string {
	ten.t.Helper()
	if ten.file == "" {
		return ten.kept["acme/token"]
	}
	text, err := os.ReadFile(ten.file)
	if err != nil {
		ten.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// The recorded age applies to one token, not to another one that was stored later.
func TestAgeIsThatOfTheTokenInUse(t *testing.T) {
	ten := newTenant(t, goodLogin)
	ten.keep("keyring", time.Now().AddDate(0, 0, -20))
	if got := ten.run("canary-by-hand", "profiles", "edit", "acme", "--token-stdin"); got.status != failure.StatusOK {
		t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
	}
	if got := ten.create(); strings.Contains(got.stderr, "warning:") {
		t.Errorf("the new token is warned of:\n%s", got.stderr)
	}
}

// A server that repeats the request cannot make its secrets appear on the screen. A token that cannot be stored is
// not shown.
func TestNoSecretOfALoginIsShown(t *testing.T) {
	login := []string{"auth", "login", "-p", "acme", "--username", "ada@example.com", "--password-stdin", "-v"}
	for _, status := range []int{200, 201, 302, 400, 401, 403, 404, 422, 429, 500, 503} {
		server, err := startRawServer(func(_ int, request rawRequest) answer { return echo(status, request) })
		if err != nil {
			t.Fatal(err)
		}
		ten := newTenant(t, goodLogin)
		if got := ten.run("", "profiles", "edit", "acme", "--auth-server", server.url()); got.status != failure.StatusOK {
			t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
		}
		if got := ten.run(`canary-"p&ss <w>/é`, login...); got.status == failure.StatusOK || !strings.Contains(got.stderr, "#1 > POST ") || len(ten.kept) != 0 {
			t.Errorf("%d: exit status %d, and the keyring holds %q:\n%s", status, got.status, ten.kept, got.stderr)
		}
		server.close()
	}
	ten := newTenant(t, goodLogin)
	got := usherAs(t, map[string]string{"KEY": "canary-key"}, append(login, "--config", ten.config, "-o", "json"), func(a *app.App) {
		a.Secrets.Keyring = fullKeyring{}
		_, _ = io.WriteString(a.Streams.In.(io.Writer), "canary-password")
	})
	got.showsNoSecret(t)
	if got.status != failure.StatusFailed || !strings.Contains(got.stdout, "keyring:acme/token: ") ||
		!strings.Contains(got.stdout, `"usher auth login -p acme --token-file FILE`) {
		t.Errorf("exit status %d:\n%s", got.status, got.stderr)
	}
}

// fullKeyring is a keyring that stores nothing more. Its error repeats the secret.
type fullKeyring struct{ fakeKeyring }

func (fullKeyring) Set(_, _, text string) error {
	return &os.PathError{Op: "store", Path: text, Err: os.ErrInvalid}
}
