package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
)

// canaries returns the beginning of every secret in these tests, in plain text and in the base64 of HTTP Basic.
func canaries() []string {
	return []string{"canary-", base64.StdEncoding.EncodeToString([]byte("canary"))}
}

// showsNoSecret fails the test if the output or a written file contains a canary.
func (r result) showsNoSecret(t *testing.T) {
	t.Helper()
	texts := map[string][]byte{"standard output": []byte(r.stdout), "standard error": []byte(r.stderr)}
	err := filepath.WalkDir(r.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			texts[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		for _, canary := range canaries() {
			if at := bytes.Index(text, []byte(canary)); at >= 0 {
				t.Errorf("%s shows a secret: ...%q", name, text[max(0, at-60):min(len(text), at+40)])
			}
		}
	}
}

// echo returns a refusal that repeats the request in its message, in other properties, in a header, and in the
// violation of a field.
func echo(status int, request rawRequest) answer {
	everything := request.head + request.body
	credential := everything
	for line := range strings.Lines(request.head) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name == "Authorization" {
			credential = value
		}
	}
	body, err := json.Marshal(map[string]any{
		"success": false, "message": "refused: " + credential + " " + everything, "error": everything, "error_description": everything,
		"description": everything, "violations": []map[string]string{{"field": "password", "message": "is " + everything}},
		"data": map[string]string{"password": request.body}, "request": json.RawMessage(strconv.Quote("")),
	})
	if err != nil {
		panic(err)
	}
	head := "HTTP/1.1 " + strconv.Itoa(status) + " Whatever\nContent-Type: application/json\nX-Echo: " + credential +
		"\nWww-Authenticate: " + credential + "\nLocation: https://example.com/?token=" + url.QueryEscape(credential)
	return answerText(head + "\n\n" + string(body))
}

// A provider that repeats the request cannot make its secrets appear on the screen or in a file.
func TestNoSecretIsShown(t *testing.T) {
	for _, s := range subjects() {
		for _, status := range []int{200, 201, 302, 400, 401, 403, 409, 422, 500} {
			t.Run(s.provider+" "+strconv.Itoa(status), func(t *testing.T) {
				server, err := startRawServer(func(_ int, request rawRequest) answer {
					if strings.HasPrefix(request.head, "GET ") {
						return answerText(s.absent)
					}
					return echo(status, request)
				})
				if err != nil {
					t.Fatal(err)
				}
				defer server.close()
				if got := s.run(t, server.url(), "-v"); got.status == failure.StatusOK && !affirms(s, status) || !strings.Contains(got.stderr, "#1 > ") {
					t.Errorf("exit status %d:\n%s", got.status, got.stderr)
				}
			})
		}
	}
}

// affirms reports whether the status is the documented one of a created user, with a body that does not describe the
// user. Ejento's body reports a failure.
func affirms(s subject, status int) bool { return status == 201 && s.provider != "ejento" }

// The same applies to a provider that repeats the password in the created user.
func TestNoSecretIsPrintedOfACreatedUser(t *testing.T) {
	const made = `{"success":true,"message":"made with canary-password","data":{"id":1,"email":"ada@example.com","password":"canary-password"}}`
	for _, format := range []string{"tsv", "csv", "table", "json", "yaml", "id"} {
		s := subjects()[1]
		s.args = append(s.args, "-v", "-o", format)
		got, _ := s.create(t, "", answerText("HTTP/1.1 201 Created\n\n"+made))
		if got.status != failure.StatusOK || got.stdout == "" {
			t.Errorf("%s: exit status %d:\n%s", format, got.status, got.stderr)
		}
	}
}

// A client's credentials are sent only to the token endpoint.
func TestNoSecretOfTheTokenExchangeIsShown(t *testing.T) {
	s := subjects()[2]
	s.variables = map[string]string{"USHER_CLIENT_ID": "canary-id", "USHER_CLIENT_SECRET": "canary-secret", "USHER_API_KEY": "canary-api-key"}
	for _, status := range []int{200, 400, 401, 403, 500} {
		server, err := startRawServer(func(_ int, request rawRequest) answer { return echo(status, request) })
		if err != nil {
			t.Fatal(err)
		}
		s.variables["USHER_TOKEN_URL"] = server.url() + "/token"
		if got := s.run(t, server.url(), "-v"); got.status == failure.StatusOK && !affirms(s, status) {
			t.Errorf("exit status %d after a token endpoint's %d:\n%s", got.status, status, got.stderr)
		}
		requests := server.requests()
		if len(requests) == 0 || slices.ContainsFunc(requests, func(r rawRequest) bool { return !strings.HasPrefix(r.head, "POST /token\n") }) {
			t.Errorf("without a token after a %d, the provider was sent %q", status, requests)
		}
		server.close()
	}

	server, err := startRawServer(func(n int, request rawRequest) answer {
		if n == 0 {
			return answerText("HTTP/1.1 200 OK\nContent-Type: application/json\n\n" + `{"access_token":"canary-access","token_type":"Bearer","expires_in":3600}`)
		}
		return echo(400, request)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	s.variables["USHER_TOKEN_URL"] = server.url() + "/token"
	if got := s.run(t, server.url(), "-v"); got.status != failure.StatusFailed || len(server.requests()) < 2 {
		t.Errorf("exit status %d after %d requests:\n%s", got.status, len(server.requests()), got.stderr)
	}
}

// A dry run shows no secret, and the sandbox stores none.
func TestNoSecretIsRehearsed(t *testing.T) {
	for _, s := range subjects() {
		for _, format := range []string{"table", "json", "yaml"} {
			if got := s.run(t, "http://127.0.0.1:1", "--dry-run", "-v", "-o", format); got.status != failure.StatusOK {
				t.Errorf("%s: exit status %d:\n%s", s.provider, got.status, got.stderr)
			}
		}
		got := usher(t, s.variables, append([]string{"users", "create", "-p", "sandbox-" + s.provider, "-v"}, s.args...)...)
		if got.status != failure.StatusOK {
			t.Errorf("%s: exit status %d:\n%s", s.provider, got.status, got.stderr)
		}
		got.showsNoSecret(t)
	}
}

// fakeKeyring is a keyring in memory.
type fakeKeyring map[string]string

func (k fakeKeyring) Get(_, account string) (string, error) {
	if text, ok := k[account]; ok {
		return text, nil
	}
	return "", keyring.ErrNotFound
}

func (k fakeKeyring) Set(_, account, text string) error {
	k[account] = text
	return nil
}

func (k fakeKeyring) Delete(_, account string) error {
	delete(k, account)
	return nil
}

// A stored secret is only in the keyring, and is removed with its profile.
func TestSecretIsKeptInTheKeyring(t *testing.T) {
	kept := fakeKeyring{}
	given := func(text string) func(*app.App) {
		return func(a *app.App) {
			a.Secrets.Keyring = kept
			_, _ = io.WriteString(a.Streams.In.(io.Writer), text)
		}
	}
	config := filepath.Join(t.TempDir(), "config.yaml")
	run := func(text string, args ...string) result {
		t.Helper()
		got := usherAs(t, nil, append(args, "--config", config), given(text))
		got.showsNoSecret(t)
		result{home: filepath.Dir(config)}.showsNoSecret(t)
		return got
	}
	if got := run("canary-token\n", "profiles", "add", "acme", "--provider", "sulu", "--token-stdin", "-v"); got.status != failure.StatusOK {
		t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
	}
	if kept["acme/token"] != "canary-token" {
		t.Errorf("the keyring holds %q", kept)
	}
	authorization := ""
	server, err := startRawServer(func(_ int, request rawRequest) answer {
		_, authorization, _ = strings.Cut(request.head, "Authorization: ")
		return answerText("HTTP/1.1 200 OK\n\n" + `{"users":[]}`)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := run("", "profiles", "edit", "acme", "--base-url", server.url()); got.status != failure.StatusOK {
		t.Fatalf("exit status %d:\n%s", got.status, got.stderr)
	}
	if got := run("", "profiles", "check", "acme", "-v"); got.status != failure.StatusOK {
		t.Errorf("exit status %d:\n%s", got.status, got.stderr)
	}
	server.close()
	if !strings.HasPrefix(authorization, "Bearer canary-token\n") {
		t.Errorf("the provider was sent %q", authorization)
	}
	for _, bad := range []string{"canary-token\nX-Evil: 1", " \n"} {
		if got := run(bad, "profiles", "edit", "acme", "--token-stdin"); got.status != failure.StatusRefused {
			t.Errorf("%q: exit status %d:\n%s", bad, got.status, got.stderr)
		}
	}
	if got := run("", "profiles", "rename", "acme", "oslo"); got.status != failure.StatusOK || kept["oslo/token"] != "canary-token" || len(kept) != 1 {
		t.Errorf("exit status %d, and the keyring holds %q:\n%s", got.status, kept, got.stderr)
	}
	if got := run("", "profiles", "remove", "oslo", "--yes"); got.status != failure.StatusOK || len(kept) != 0 {
		t.Errorf("exit status %d, and the keyring holds %q:\n%s", got.status, kept, got.stderr)
	}
}
