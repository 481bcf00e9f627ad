package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// canary is a secret that must not be in an error or a warning.
const canary = "CANARY-4f1e9c"

// setenv sets these variables and removes all others of usher.
func setenv(t *testing.T, environment []string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, variablePrefix) || name == "XDG_CONFIG_HOME" {
			t.Setenv(name, "")
		}
	}
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
}

// options returns the options of three providers similar to the real ones.
func options() Options {
	return Options{
		Variables: []string{"USHER_STATE_DIR"},
		Common: []Setting{
			{Name: "base-url", Kind: URL},
			{Name: "tenant", Connection: true},
			{Name: "rate", Kind: Rate},
			{Name: "concurrency", Kind: Int, Default: "4"},
			{Name: "timeout", Kind: Duration, Default: "30s"},
			{Name: "allow-http", Kind: Bool},
			{Name: "max-rows", Kind: Int},
			{Name: "confirm", Values: []string{"name"}},
		},
		Providers: []Provider{
			{Name: "sulu", Settings: []Setting{{Name: "token", Secret: true}, {Name: "base-url", Kind: URL, Default: "https://api.sulu.sh/v0"}}},
			{Name: "ejento", Settings: []Setting{{Name: "token", Secret: true}, {Name: "subscription-key", Secret: true},
				{Name: "api", Default: "v2-legacy", Values: []string{"v2-legacy", "v2"}}}},
			{Name: "evolution", Settings: []Setting{{Name: "token", Secret: true}, {Name: "client-id", Secret: true},
				{Name: "client-secret", Secret: true}, {Name: "api-key", Secret: true}, {Name: "token-url", Kind: URL, Default: "https://api.example.com/token"}}},
		},
		Builtins: []Builtin{
			{Name: "sandbox-sulu", Settings: map[string]string{"provider": "sulu", "base-url": "http://127.0.0.1:1"}},
			{Name: "sandbox-ejento", Settings: map[string]string{"provider": "ejento"}},
		},
	}
}

// documented is the example of the reference, extended.
const documented = `default-profile: acme
profiles:
  acme:
    provider: sulu
    token: keyring:
    defaults: [ "organization=org_123" ]
    rate: 5/s
  acme-orange:
    provider: evolution
    client-id: env:ORANGE_CLIENT_ID
    client-secret: file:/run/secrets/orange
    api-key: exec:op read op://ops/orange/key
    concurrency: 8
    timeout: 1m30s
    allow-http: yes
    confirm: name
    defaults:
      - address.zipCode=00123
      - "address.line1=1 = Way"
      - oryId=0x1F
      - roles=admin;1e3
    mapping:
      - Work e-mail=email
      - "Äußerer = Name=displayName"
`

// writeConfig writes a profile file and returns its path.
func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, path string, environment ...string) *Config {
	t.Helper()
	setenv(t, environment)
	c, err := Load(path, options())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// profileError loads a file, resolves a profile and returns the error of either step, without the directory of the
// file.
func profileError(t *testing.T, text, name string, flags map[string]string, environment ...string) error {
	t.Helper()
	path := writeConfig(t, text)
	setenv(t, environment)
	c, err := Load(path, options())
	if err == nil {
		_, err = c.Profile(name, flags)
	}
	return err
}

// wantText checks that an error contains every word, and no secret.
func wantText(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error lacks %q:\n%v", word, err)
		}
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("the error repeats a value:\n%v", err)
	}
}

func readBackText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
