package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/term"
)

// evil sets the title, writes to the clipboard, clears the screen with a C1 control sequence, reverses text, hides
// text, and rings the bell.
const evil = "\x1b]0;owned\a\x1b]52;c;b3duZWQ=\x1b\\\u009b2J\u202etxt\u2066\u200b\x7f"

// drives returns the part of an output that could control a terminal. The control sequences of the progress bar begin
// differently from the evil ones.
func drives(text string) string {
	if at := max(strings.Index(text, "\x1b]"), strings.IndexAny(text, "\a\u009b\u202e\u2066\u200b\x7f")); at >= 0 {
		return text[max(0, at-60):min(len(text), at+40)]
	}
	return ""
}

// onTerminal runs a command line with its output and errors on a terminal.
func onTerminal(t *testing.T, args ...string) result {
	t.Helper()
	streams, _, stdout, stderr := term.Test(term.WithTerminals(false, true, true), term.WithWidth(100))
	status := run(args, streams, app.Build{Version: "test"}, quick)
	return result{status: status, stdout: stdout.String(), stderr: stderr.String()}
}

// evilProvider returns a server that responds with evil in every part of the response.
func evilProvider(t *testing.T) *rawServer {
	t.Helper()
	user := func(id, email string) string {
		text, err := json.Marshal(map[string]any{"id": id + evil, "email": email, "firstName": evil, "lastName": "L", "oryId": evil, evil: evil})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	refusal, err := json.Marshal(map[string]any{"message": evil, "violations": []any{map[string]string{"field": evil, "message": evil}}})
	if err != nil {
		t.Fatal(err)
	}
	const head = "HTTP/1.1 %s \u202e%s\nContent-Type: application/json\nX-Evil: \u009b2J\u202e\nRetry-After: \u202e\n\n%s"
	server, err := startRawServer(func(_ int, request rawRequest) answer {
		switch {
		case strings.Contains(request.body, "bad@example.com"):
			return answerText(fmt.Sprintf(head, "400", "No", refusal))
		case strings.HasPrefix(request.head, "POST "):
			return answerText(fmt.Sprintf(head, "201", "Made", user("usr_1", "ada@example.com")))
		case strings.HasPrefix(request.head, "GET /users?email="):
			return answerText(fmt.Sprintf(head, "200", "Ok", `{"users":[]}`))
		default:
			return answerText(fmt.Sprintf(head, "200", "Ok", `{"users":[`+user("usr_1", "ada@example.com")+","+user("usr_2", evil)+`]}`))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// No text of a provider or a roster controls the terminal, in any command and format.
func TestNothingDrivesTheTerminal(t *testing.T) {
	server := evilProvider(t)
	defer server.close()
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "USHER_STATE_DIR": filepath.Join(home, "state"), "USHER_CONFIG": filepath.Join(home, "config.yaml"),
		"USHER_PROVIDER": "sulu", "USHER_BASE_URL": server.url(), "USHER_TOKEN": "canary-token",
	} {
		t.Setenv(name, value)
	}
	roster := filepath.Join(home, "people\u202e.csv")
	text := "email,oryId,organization,firstName\nada@example.com,ory-1,org-1," + evil + "\nbad@example.com,ory-2,org-1,\u202eB\n" + evil + ",ory-3,org-1,C\n"
	if err := os.WriteFile(roster, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	results := filepath.Join(home, "results.ndjson")

	create := []string{"users", "create", "--ory-id", "ory-1" + evil, "--organization", "org-1", "--first-name", evil, "-v"}
	var lines [][]string
	for _, format := range []string{"table", "tsv", "csv", "json", "yaml", "id"} {
		lines = append(lines,
			slices.Concat(create, []string{"--email", "bad@example.com", "-o", format}),
			slices.Concat(create, []string{"--email", format + "@example.com", "-o", format}),
			slices.Concat(create, []string{"--email", "ada@example.com", "-o", format, "--dry-run"}),
			[]string{"users", "list", "-v", "-o", format},
			[]string{"users", "get", "usr_1" + evil, "-o", format},
			[]string{"users", "update", "usr_1" + evil, "--first-name", evil + "x", "--dry-run", "-o", format},
			[]string{"users", "import", roster, "--yes", "--skip-invalid", "-v", "-o", format, "--results", results},
			[]string{"runs", "list", "-o", format},
		)
	}
	lines = append(lines,
		[]string{"users", "list", "-o", "ndjson"},
		[]string{"users", "import", roster, "--yes"},
		[]string{"users", "import", roster, "--yes", "--map", evil + "=email"},
		[]string{"users", "import", roster + evil, "--yes"},
		[]string{"profiles", "show"}, []string{"profiles", "check"}, []string{"profiles", "show", evil}, []string{"profiles", "use", evil},
		[]string{"runs", "show", evil}, []string{"providers", "show", evil}, []string{evil}, []string{"users", "list", "--jq", ".[0].user, error(\"" + "\u202e" + "\")"},
	)
	said := 0
	for _, args := range lines {
		unknown := "" // an unknown variable prevents requests
		if args[0] == "profiles" {
			unknown = "x"
		}
		t.Setenv("USHER_NOTHING\u202e", unknown)
		got := onTerminal(t, args...)
		for stream, text := range map[string]string{"standard output": got.stdout, "standard error": got.stderr} {
			if shown := drives(text); shown != "" {
				t.Errorf("%q: %s shows %q", args, stream, shown)
			}
			if strings.ContainsAny(text, "\ufffd") || strings.Contains(text, `\u202e`) {
				said++
			}
		}
	}
	if said < 20 {
		t.Errorf("only %d outputs showed what was taken out", said)
	}
	text2, err := os.ReadFile(results)
	if err != nil || drives(string(text2)) != "" {
		t.Errorf("the results show %q, %v", drives(string(text2)), err)
	}
}

// The names of roles and organizations, API keys, and completions do not control the terminal.
func TestNoDirectoryDrivesTheTerminal(t *testing.T) {
	directory, err := json.Marshal([]map[string]any{{
		"id": "0b1b2c3d-0000-4000-8000-000000000001", "name": evil, "identityName": evil, evil: evil,
		"organizations": []any{map[string]any{"id": "0b1b2c3d-0000-4000-8000-000000000002", "name": evil}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := json.Marshal(map[string]any{
		"users":   []any{map[string]any{"id": "usr_1", "email": "ada@example.com"}},
		"apiKeys": []any{map[string]any{"key": "sk_" + evil + "-000000000000000001", "createdAt": evil, "expiresAt": evil, evil: evil}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server, err := startRawServer(func(_ int, request rawRequest) answer {
		if strings.Contains(request.head, "/v1/") {
			return answerText("HTTP/1.1 200 OK\nX-Total-Count: 1\n\n" + string(directory))
		}
		return answerText("HTTP/1.1 200 OK\n\n" + string(keys))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_CACHE_HOME": home, "USHER_STATE_DIR": filepath.Join(home, "state"), "USHER_CONFIG": filepath.Join(home, "config.yaml"),
		"USHER_TOKEN": "canary-token", "USHER_API_KEY": "canary-key",
	} {
		t.Setenv(name, value)
	}
	said := 0
	for _, one := range []struct{ provider, path string }{{"evolution", "/v1"}, {"sulu", ""}} {
		t.Setenv("USHER_PROVIDER", one.provider)
		t.Setenv("USHER_BASE_URL", server.url()+one.path)
		for _, format := range []string{"table", "tsv", "csv", "json", "yaml", "id"} {
			for _, args := range [][]string{
				{"roles", "list", "-v", "-o", format}, {"organizations", "list", "-o", format}, {"users", "list", "-o", format},
				{"users", "keys", "list", "ada@example.com", "-v", "-o", format},
				{cobra.ShellCompRequestCmd, "users", "create", "--organization", ""},
			} {
				got := onTerminal(t, args...)
				if shown := drives(got.stdout + got.stderr); shown != "" {
					t.Errorf("%s %q shows %q", one.provider, args, shown)
				}
				if strings.Contains(got.stdout+got.stderr, "owned") {
					said++
				}
			}
		}
	}
	if said < 15 {
		t.Errorf("only %d outputs showed what the provider said", said)
	}
}
