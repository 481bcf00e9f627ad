//go:build unix

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bring-aboard/usher/internal/termtest"
)

// Without a name, on a terminal, `profiles add` prompts for everything, and checks each answer. The default address is a
// placeholder: what is typed or pasted replaces it.
func TestProfileWizard(t *testing.T) {
	for _, columns := range []int{60, 80, 120} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			t.Parallel()
			stage := newImportStageAt(t, "evolution", "", 0)
			member := start(t, append(stage.variables, "USHER_API_KEY=k"), nil, "users", "create", "--identity-name", "ada", "--display-name", "Ada", "--email", "ada@example.com",
				"--first-name", "Ada", "--last-name", "Lovelace", "--organization", "c4ca4238-a0b9-4382-8dcc-509a6f75849a:8f14e45f-ceea-467f-a6d1-1d2f3c4b5a01")
			member.exits(0) // the names of organizations are those of their members
			token := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(token, []byte("t\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			term := startTold(t, "", columns, []string{"ACME_KEY=k"}, nil, "profiles", "add")
			term.isAt("Name of the profile (required)")
			term.Types("sandbox-sulu", termtest.Enter)
			term.Sees("! profile sandbox-sulu: built in")
			term.Types(termtest.ClearLine, "acme", termtest.Enter)
			term.Sees("Provider of profile acme", "> sulu: Sulu", "  evolution: Orange Business")
			term.fits(columns)
			term.Types(termtest.Down, termtest.Down, termtest.Enter)
			term.Sees("Credentials for Orange Business, Evolution Platform", "> a client id and a client secret", "  a bearer token")
			term.Types(termtest.Down, termtest.Enter)
			term.isAt("Base URL of the API")
			term.Types("http://api.example.com", termtest.Enter)
			term.Sees("! Base URL of the API: http:// would send credentials")
			term.Types(termtest.ClearLine, stage.url, termtest.Enter)
			term.isAt("URL of the token endpoint")
			term.Types("https://ann:pass@auth.example.com", termtest.Enter)
			term.Sees("! URL of the token endpoint must not contain a username")
			term.fits(columns)
			term.Types(termtest.ClearLine, termtest.Enter)

			term.Sees("Where is the token stored?")
			term.Types(termtest.Down, termtest.Down, termtest.Enter)
			term.isAt("Path of the file with the token (required)")
			term.Types(token, termtest.Enter)
			term.Sees("warning: ", "chmod 600", "> check again")
			if err := os.Chmod(token, 0o600); err != nil {
				t.Fatal(err)
			}
			term.Types(termtest.Enter)
			term.Sees("Where is the api-key stored?")
			term.Types(termtest.Down, termtest.Enter)
			term.isAt("Name of the variable with the api-key (required)")
			term.Types("NOT A NAME", termtest.Enter)
			term.Sees("! ")
			term.Types(termtest.ClearLine, "NO_SUCH_KEY", termtest.Enter)
			term.Sees("NO_SUCH_KEY is not set", "  use another place")
			term.Types(termtest.Down, termtest.Enter)
			term.Sees("Where is the api-key stored?", "> in the system keyring")
			term.Types(termtest.Down, termtest.Enter)
			term.isAt("Name of the variable with the api-key (required)")
			term.Types("ACME_KEY", termtest.Enter)

			term.Sees("Check the credentials now", "> yes")
			term.Types(termtest.Enter)
			term.Sees("The credentials are valid.", "> (omit)")
			term.fits(columns)
			view := term.View()
			reader, buyer, admin := strings.Index(view, "ACME:Reader"), strings.Index(view, "ACME:Buyer"), strings.Index(view, "ACME:Administrator")
			if reader < 0 || buyer < reader || admin < buyer {
				t.Errorf("the roles are not ordered by their power:\n%s", view)
			}
			term.Types(termtest.Down, termtest.Enter)
			term.Sees("Make acme the default profile?", "> yes")
			term.Types(termtest.Enter)
			term.exits(0)
			term.Sees("Saved profile acme to ", "next: usher users create -p acme -i")
			want := `profiles:
  acme:
    provider: evolution
    defaults:
      - organizations=ACME:Reader
    base-url: ` + stage.url + `
    token: file:` + token + `
    api-key: env:ACME_KEY
default-profile: acme
`
			if got := term.config(); got != want {
				t.Errorf("the file holds\n%s\nwant\n%s", got, want)
			}
			term.SendsNoQuery()
		})
	}
}

// fits fails if a form on the screen, or the line with its keys, is wider than the terminal.
func (term *terminal) fits(columns int) {
	term.t.Helper()
	forms := 0
	for line := range strings.Lines(term.View()) {
		line = strings.TrimRight(line, "\n")
		if !strings.Contains(line, "┃") && !strings.Contains(line, " • ") {
			continue
		}
		if forms++; utf8.RuneCountInString(line) > columns {
			term.t.Errorf("%q is wider than %d columns", line, columns)
		}
	}
	if forms < 2 {
		term.t.Errorf("no form on the screen:\n%s", term.View())
	}
}

// For screen readers the interview has plain lines with numbered choices.
func TestAccessibleProfileWizard(t *testing.T) {
	stage := newImportStage(t, 0, 0)
	term := start(t, []string{"ACCESSIBLE=1", "ACME_TOKEN=t"}, nil, "profiles", "add")
	seen := 0
	for _, step := range [][2]string{
		{"(1 of 1) Name of the profile (required):", "acme"},
		{"Provider of profile acme", "1"},
		{"(1 of 1) Base URL of the API [Enter uses https://api.sulu.sh/v0]:", stage.url},
		{"Where is the token stored?", "2"},
		{"Name of the variable with the token (required):", "NO_SUCH_TOKEN"},
		{"NO_SUCH_TOKEN is not set", "2"},
		{"Where is the token stored?", "2"},
		{"Name of the variable with the token (required):", "ACME_TOKEN"},
		{"Check the credentials now", "1"},
		{"(1 of 1) Organization:", "org_123"},
		{"Make acme the default profile?", "2"},
	} {
		term.Until("a prompt after "+step[0], func(view string) bool {
			return strings.Contains(term.Raw()[seen:], step[0]) && strings.HasSuffix(view, ":")
		})
		seen = len(term.Raw())
		term.Types(step[1] + "\n")
	}
	term.exits(0)
	term.Lacks("\x1b[?", "┃")
	want := "profiles:\n  acme:\n    provider: sulu\n    defaults:\n      - organization=org_123\n    base-url: " + stage.url + "\n    token: env:ACME_TOKEN\n"
	if got := term.config(); got != want {
		t.Errorf("the file holds\n%s\nwant\n%s", got, want)
	}
}

// With a screen reader, the optional settings are a list to choose from.
func TestAccessibleProfileWizardChoosesAmongOptionalSettings(t *testing.T) {
	term := start(t, []string{"ACCESSIBLE=1", "ACME_TOKEN=t"}, nil, "profiles", "add", "acme", "--provider", "scim", "--token", "env:ACME_TOKEN")
	for _, step := range [][2]string{
		{"(1 of 1) Base URL of the API (required):", "https://scim.example.com/v2"},
		{"Which field? Enter when done.\n1. Done\n2. Comma-separated URNs", "4"},
		{"3. databricks", "3"},
		{": databricks\n", ""},
		{"Check the credentials now", "2"},
		{"Make acme the default profile?", "2"},
	} {
		term.Until("a prompt after "+step[0], func(view string) bool { return strings.Contains(view, step[0]) && strings.HasSuffix(view, ":") })
		term.Types(step[1] + "\n")
	}
	term.exits(0)
	want := "profiles:\n  acme:\n    provider: scim\n    base-url: https://scim.example.com/v2\n    token: env:ACME_TOKEN\n    vendor: databricks\n"
	if got := term.config(); got != want {
		t.Errorf("the file holds\n%s\nwant\n%s", got, want)
	}
}

// If the provider does not accept the credentials, the settings can be corrected before anything is written.
func TestProfileWizardCorrectsCredentials(t *testing.T) {
	server := serve(t, answerText("HTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n{}"), answerText("HTTP/1.1 200 OK\n\n"+`{"users":[]}`))
	term := start(t, []string{"ACME_TOKEN=t", "OTHER_TOKEN=u"}, nil, "profiles", "add", "acme", "--provider", "sulu", "--base-url", server.url())
	term.Sees("Where is the token stored?")
	term.Types(termtest.Down, termtest.Enter)
	term.isAt("Name of the variable with the token (required)")
	term.Types("ACME_TOKEN", termtest.Enter)
	term.Sees("Check the credentials now")
	term.Types(termtest.Enter)
	term.Sees("warning: ", "401", "> check again", "  change the settings")
	if got := term.config(); got != "" {
		t.Errorf("the file holds\n%s", got)
	}
	term.Types(termtest.Down, termtest.Enter)
	term.isAt("Base URL of the API")
	term.Sees("> " + server.url())
	term.Types(termtest.Enter)
	term.Sees("Where is the token stored?", "> no change: env:ACME_TOKEN")
	term.Types(termtest.Down, termtest.Down, termtest.Enter)
	term.isAt("Name of the variable with the token (required)")
	term.Types("OTHER_TOKEN", termtest.Enter)
	term.Sees("Check the credentials now")
	term.Types(termtest.Enter)
	term.Sees("The credentials are valid.")
	term.isAt("Organization")
	term.Types(termtest.Enter)
	term.Sees("Make acme the default profile?")
	term.Types(termtest.Down, termtest.Enter)
	term.exits(0)
	want := "profiles:\n  acme:\n    provider: sulu\n    base-url: " + server.url() + "\n    token: env:OTHER_TOKEN\n"
	if got := term.config(); got != want {
		t.Errorf("the file holds\n%s\nwant\n%s", got, want)
	}
}

// A complete command on a terminal has no questions, unless a reference leads nowhere.
func TestCompleteProfileIsNotAskedFor(t *testing.T) {
	term := start(t, []string{"ACME_TOKEN=t"}, nil, "profiles", "add", "acme", "--provider", "sulu", "--token", "env:ACME_TOKEN")
	term.exits(0)
	term.Lacks("┃")

	term = start(t, nil, nil, "profiles", "add", "acme", "--provider", "sulu", "--token", "env:ACME_TOKEN")
	term.Sees("ACME_TOKEN is not set", "> check again")
	term.Types(termtest.Escape)
	term.exits(130)
	if got := term.config(); got != "" {
		t.Errorf("the file holds\n%s", got)
	}
}

// The form of an existing profile has its values. Only what changes is written; comments stay.
func TestEditingAProfile(t *testing.T) {
	const before = "# Ours.\nprofiles:\n  acme:\n    provider: ory\n    base-url: https://old.example.com # Oslo\n    token: env:ACME_TOKEN # rotated\n    rate: 5/s\n    schema-id: customer\n"
	for name, test := range map[string]struct {
		answer func(*terminal)
		want   string
	}{
		"nothing changed": {func(term *terminal) {
			term.Types(termtest.Enter)
			term.isAt("Id of the identity schema")
			term.Sees("> customer")
			term.Types(termtest.Enter)
		}, before},
		"an address and an emptied setting": {func(term *terminal) {
			term.Types(termtest.ClearLine, "https://new.example.com", termtest.Enter)
			term.isAt("Id of the identity schema")
			term.Types(termtest.ClearLine, termtest.Enter)
		}, strings.ReplaceAll(strings.ReplaceAll(before, "old", "new"), "    schema-id: customer\n", "")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			path := filepath.Join(home, "config.yaml")
			if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
				t.Fatal(err)
			}
			term := start(t, []string{"ACME_TOKEN=t", "USHER_CONFIG=" + path}, nil, "profiles", "edit", "acme")
			term.Sees("Does the API require a token?", "> yes")
			term.Types(termtest.Enter)
			term.isAt("Base URL of the API")
			term.Sees("> https://old.example.com")
			test.answer(term)
			term.isAt("File with the identity schema")
			term.Types(termtest.Enter)
			term.Sees("Where is the token stored?", "> no change: env:ACME_TOKEN")
			term.Types(termtest.Enter)
			term.Sees("Check the credentials now")
			term.Types(termtest.Down, termtest.Enter)
			term.Sees("Make acme the default profile?")
			term.Types(termtest.Down, termtest.Enter)
			term.exits(0)
			got, err := os.ReadFile(path)
			if err != nil || string(got) != test.want {
				t.Errorf("%v, the file holds\n%s\nwant\n%s", err, got, test.want)
			}
		})
	}
}

// If no keyring can be reached, the wizard says so before it prompts for a secret, and the other places remain.
func TestProfileWizardWithoutAKeyring(t *testing.T) {
	term := start(t, []string{"ACME_TOKEN=t"}, nil, "profiles", "add", "acme", "--provider", "sulu")
	term.isAt("Base URL of the API")
	term.Sees("> https://api.sulu.sh/v0")
	term.Types(termtest.Enter)
	term.Sees("Where is the token stored?", "> in the system keyring (enter it now)")
	term.Types(termtest.Enter)
	term.Sees("warning: ", "no keyring can be reached", "> in the system keyring")
	term.Types(termtest.Down, termtest.Enter)
	term.isAt("Name of the variable with the token (required)")
	term.Types("ACME_TOKEN", termtest.Enter)
	term.ends(true)
	const want = "profiles:\n  acme:\n    provider: sulu\n    token: env:ACME_TOKEN\n"
	if got := term.config(); got != want {
		t.Errorf("the file holds\n%s", got)
	}
}

// ends answers the last questions of the wizard: no check, no default value, and no default profile.
func (term *terminal) ends(hasDefaults bool) {
	term.t.Helper()
	term.Sees("Check the credentials now")
	term.Types(termtest.Down, termtest.Enter)
	if hasDefaults {
		term.isAt("Organization")
		term.Types(termtest.Enter)
	}
	term.Sees("Make acme the default profile?")
	term.Types(termtest.Down, termtest.Enter)
	term.exits(0)
}

// A token from a login does not have to exist yet, and is not checked.
func TestProfileWizardLeavesTheTokenToALogin(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "acme", "--subscription-key", "env:EJENTO_KEY")
	term.Sees("Provider of profile acme")
	term.Types(termtest.Down, termtest.Enter)
	term.isAt("Base URL of the API (required)")
	term.Types(termtest.Enter)
	term.Sees("! Base URL of the API is required")
	term.Types("https://tenant.example.com", termtest.Enter)
	term.isAt("API version")
	term.Types(termtest.Enter)
	term.isAt("URL of the authorization server for usher auth login")
	term.Types("https://auth.example.com", termtest.Enter)
	term.Sees("Where is the token stored?", "in the system keyring (stored by usher auth login)")
	term.Types(termtest.Down, termtest.Down, termtest.Down, termtest.Down, termtest.Enter)
	term.isAt("Organization")
	term.Types(termtest.Enter)
	term.Sees("Make acme the default profile?")
	term.Types(termtest.Enter)
	term.exits(0)
	term.Sees("Saved profile acme to ", "next: usher auth login -p acme")
	if got := term.config(); !strings.Contains(got, "\n    token: 'keyring:'\n") || !strings.HasSuffix(got, "\ndefault-profile: acme\n") {
		t.Errorf("the file holds\n%s", got)
	}
}

// A token can be optional; the wizard then does not prompt for it.
func TestProfileWizardLeavesAnOptionalTokenOut(t *testing.T) {
	for answer, want := range map[string]string{
		"yes": "profiles:\n  acme:\n    provider: ory\n    base-url: https://tenant.example.com\n    token: env:ORY_TOKEN\n    schema-id: customer\n",
		"no":  "profiles:\n  acme:\n    provider: ory\n    base-url: https://tenant.example.com\n    schema-id: customer\n",
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			term := start(t, []string{"ORY_TOKEN=t"}, nil, "profiles", "add", "acme")
			term.Sees("Provider of profile acme")
			term.Types(termtest.Down, termtest.Down, termtest.Down, termtest.Enter)
			term.Sees("Does the API require a token?")
			if answer == "no" {
				term.Types(termtest.Down)
			}
			term.Types(termtest.Enter)
			term.isAt("Base URL of the API (required)")
			term.Types("https://tenant.example.com", termtest.Enter)
			term.isAt("Id of the identity schema")
			term.Types(termtest.ClearLine, "customer", termtest.Enter)
			term.isAt("File with the identity schema")
			term.Types(termtest.Enter)
			if answer == "yes" {
				term.Sees("Where is the token stored?")
				term.Types(termtest.Down, termtest.Enter)
				term.isAt("Name of the variable with the token (required)")
				term.Types("ORY_TOKEN", termtest.Enter)
			}
			term.ends(false)
			if got := term.config(); got != want {
				t.Errorf("the file holds\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A cancelled wizard writes nothing.
func TestLeavingTheProfileWizard(t *testing.T) {
	for name, leave := range map[string]func(*terminal){
		"at the provider": func(term *terminal) { term.Types(termtest.Interrupt) },
		"at a setting": func(term *terminal) {
			term.Types(termtest.Enter)
			term.isAt("Base URL of the API")
			term.Types(termtest.Escape)
		},
		"at the check": func(term *terminal) {
			term.Types(termtest.Enter)
			term.isAt("Base URL of the API")
			term.Types(termtest.Enter)
			term.Sees("Where is the token stored?")
			term.Types(termtest.Down, termtest.Enter)
			term.isAt("Name of the variable with the token (required)")
			term.Types("ACME_TOKEN", termtest.Enter)
			term.Sees("Check the credentials now")
			term.Types(termtest.Interrupt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := start(t, []string{"ACME_TOKEN=t"}, nil, "profiles", "add", "acme")
			term.Sees("Provider of profile acme")
			leave(term)
			term.exits(130)
			if got := term.config(); got != "" {
				t.Errorf("the file holds\n%s", got)
			}
		})
	}
}
