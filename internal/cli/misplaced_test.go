package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/failure"
)

// No command about profiles shows a secret in the wrong place, in any format. At most it shows the place.
func TestMisplacedSecretsAreNotShown(t *testing.T) {
	profile := func(lines string) string {
		return "profiles:\n  acme:\n    " + strings.ReplaceAll(lines, "\n", "\n    ") + "\n"
	}
	const sulu, ejento = "provider: sulu\ntoken: env:T\n", "provider: ejento\ntoken: env:T\nsubscription-key: env:K\nbase-url: https://127.0.0.1:1\n"
	turn := 0
	for name, test := range map[string]struct {
		config    string
		variables map[string]string
		flags     []string
		shows     string // the output of profiles show, "" if it must refuse the profile
	}{
		"password in the defaults":            {config: profile(ejento + "defaults: [password=Canary42Canary]"), shows: "config.yaml:7"},
		"password in the defaults, by a flag": {config: profile(ejento + "defaults: [Password=Canary42Canary]"), shows: "[redacted]"},
		"unknown name in the defaults":        {config: profile(ejento + "defaults: [passwrod=Canary42Canary]"), shows: "[redacted]"},
		"object in the defaults":              {config: profile(ejento + "defaults: {password: {a: Canary42Canary}}")},
		"default that is no text":             {config: profile(ejento + "defaults: [Canary42Canary]")},
		"token as a default value":            {config: profile(ejento + "defaults: [first_name=sk_live_canary42]"), shows: "[redacted]"},
		"credentials in base-url":             {config: profile(sulu + "base-url: https://u:canary42@127.0.0.1:1"), shows: "https://[redacted]@127.0.0.1:1"},
		"user name in base-url":               {config: profile(sulu + "base-url: https://canary42@127.0.0.1:1/"), shows: "https://[redacted]@127.0.0.1:1/"},
		"query in base-url":                   {config: profile(sulu + "base-url: https://127.0.0.1:1/?t=canary42"), shows: "https://127.0.0.1:1/?[redacted]"},
		"fragment in base-url":                {config: profile(sulu + "base-url: https://127.0.0.1:1/#canary42"), shows: "https://127.0.0.1:1/#[redacted]"},
		"token as base-url":                   {config: profile(sulu + "base-url: sk_live_canary42"), shows: "[redacted]"},
		"credentials in USHER_BASE_URL":       {config: profile(sulu), variables: map[string]string{"USHER_BASE_URL": "https://u:canary42@127.0.0.1:1"}, shows: "https://[redacted]@127.0.0.1:1"},
		"credentials in token-url": {config: profile("provider: evolution\nclient-id: env:A\nclient-secret: env:B\napi-key: env:C\ntoken-url: https://u:canary42@127.0.0.1:1"),
			shows: "https://[redacted]@127.0.0.1:1"},
		"token as a token":       {config: profile("provider: sulu\ntoken: sk_live_canary42")},
		"token behind env:":      {config: profile("provider: sulu\ntoken: env:sk_live_canary42"), shows: "env:[redacted]"},
		"token behind keyring:":  {config: profile("provider: sulu\ntoken: keyring:sk_live_canary42"), shows: "keyring:[redacted]"},
		"token in a command":     {config: profile("provider: sulu\ntoken: 'exec:echo sk_live_canary42'"), shows: "exec:echo [redacted]"},
		"token as a provider":    {config: profile("provider: sk_live_canary\ntoken: env:T")},
		"password as a provider": {config: profile("provider: Canary42Canary\ntoken: env:T")},
		"USHER_PROVIDER":         {variables: map[string]string{"USHER_PROVIDER": "sk_live_canary"}},
		"token as a setting":     {config: profile(sulu + "sk_live_canary: x")},
		"token as a rate":        {config: profile(sulu + "rate: sk_live_canary42")},
		"token as a file":        {config: profile(sulu + "ca-file: sk_live_canary42"), shows: "[redacted]"},
		"token in the mapping":   {config: profile(sulu + "mapping: [E-Mail=sk_live_canary42]"), shows: "[redacted]"},
		"token as a profile":     {config: "profiles:\n  sk_live_canary42:\n    provider: sulu\n    token: env:T\n"},
		"default profile":        {config: profile(sulu) + "default-profile: sk_live_canary\n"},
		"USHER_PROFILE":          {config: profile(sulu), variables: map[string]string{"USHER_PROFILE": "Canary42Canary"}},
		"token as --profile":     {config: profile(sulu), flags: []string{"-p", "Canary42Canary"}},
	} {
		turn++
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(test.config), 0o600); err != nil {
				t.Fatal(err)
			}
			flags := append([]string{"--config", file}, test.flags...)
			if test.flags == nil && test.variables["USHER_PROFILE"] == "" && test.variables["USHER_PROVIDER"] == "" && !strings.Contains(name, "default profile") {
				flags = append(flags, "-p", "acme")
			}
			// One secret is shown in the same way in every format, so each takes its turn.
			other := []string{"table", "csv", "json", "yaml", "id"}[turn%5]
			for command, formats := range map[string][]string{
				"profiles show": {"tsv", other}, "profiles list": {other}, "doctor": {other}, "profiles check": {"tsv"}, "users list": {"tsv"},
			} {
				for _, format := range formats {
					got := usher(t, test.variables, slices.Concat(strings.Fields(command), []string{"-v", "-o", format}, flags)...)
					if strings.Contains(strings.ToLower(got.stdout+got.stderr), "canary") {
						t.Errorf("%s -o %s shows it:\n%s%s", command, format, got.stdout, got.stderr)
					}
					if command == "profiles show" && format == "tsv" && got.status == failure.StatusOK && (test.shows == "" || !strings.Contains(got.stdout+got.stderr, test.shows)) {
						t.Errorf("want %q in\n%s%s", test.shows, got.stdout, got.stderr)
					}
				}
			}
		})
	}
}

// A private key instead of a public one is not repeated.
func TestPrivateKeyAsARecipientIsNotShown(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(roster, []byte("email\nada@example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"AGE-SECRET-KEY-1CANARY42", "age-secret-key-1canary42", "Canary42Canary"} {
		got := usher(t, nil, "users", "import", roster, "-p", "sandbox-ejento", "--generate-passwords", "--credentials", roster+".out", "--credentials-recipient", key)
		if got.status != failure.StatusRefused || strings.Contains(strings.ToLower(got.stdout+got.stderr), "canary") {
			t.Errorf("exit status %d:\n%s%s", got.status, got.stdout, got.stderr)
		}
	}
}
