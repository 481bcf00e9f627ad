//go:build unix

package cli

import (
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

// Without --provider, on a terminal, `profiles add` prompts for all settings.
func TestProfileWizard(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "acme")
	term.Sees("Provider of profile acme", "> sulu: Sulu", "  evolution: Orange Business")
	term.Types(termtest.Down, termtest.Enter)
	term.isAt("Base URL of the API (required)")
	term.Types(termtest.Enter)
	term.Sees("! Base URL of the API is required")
	term.Types("tenant.example.com", termtest.Enter)
	term.Sees(`! base-url must begin with https:// (did you mean https://tenant.example.com?)`)
	term.Types(termtest.ClearLine, "http://tenant.example.com", termtest.Enter)
	term.Sees("! base-url: http:// would send credentials to tenant.example.com unencrypted")
	term.Types(termtest.ClearLine, "https://tenant.example.com", termtest.Enter)
	term.isAt("API version")
	term.Types(termtest.Enter)
	term.isAt("URL of the authorization server for usher auth login")
	term.Types("https://ann:pass@auth.example.com", termtest.Enter)
	term.Sees("! auth-server must not contain a username or password")
	term.Types(termtest.ClearLine, "https://auth.example.com", termtest.Enter)
	term.Sees("Where is the subscription-key stored?")
	term.Types(termtest.Down, termtest.Enter)
	term.isAt("Name of the variable with the subscription-key (required)")
	term.Types("NOT A NAME", termtest.Enter)
	term.Sees("! ")
	term.Types(termtest.ClearLine, "EJENTO_KEY", termtest.Enter)
	term.Sees("Where is the token stored?")
	term.Types(termtest.Down, termtest.Down, termtest.Down, termtest.Enter)
	term.isAt("Command that prints the token (required)")
	term.Sees("runs without a shell")
	term.Types("op read op://ops/ejento/token", termtest.Enter)
	term.exits(0)
	term.Sees("Saved profile acme to ", "next: usher profiles check acme")
	const want = `profiles:
  acme:
    provider: ejento
    base-url: https://tenant.example.com
    token: exec:op read op://ops/ejento/token
    subscription-key: env:EJENTO_KEY
    auth-server: https://auth.example.com
`
	if got := term.config(); got != want {
		t.Errorf("the file holds\n%s\nwant\n%s", got, want)
	}
	term.SendsNoQuery()
}

// If no keyring can be reached, the wizard prints the error and offers the other places.
func TestProfileWizardWithoutAKeyring(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "acme")
	term.Sees("Provider of profile acme")
	term.Types(termtest.Enter)
	term.isAt("Base URL of the API (required)")
	term.Types(termtest.Enter)
	term.Sees("Where is the token stored?", "> in the system keyring (enter it now)")
	term.Types(termtest.Enter)
	term.isAt("Token (required)")
	term.Types(password, termtest.Enter)
	term.Sees("warning: ", "no keyring can be reached", "> in an environment variable")
	term.Types(termtest.Enter)
	term.isAt("Name of the variable with the token (required)")
	term.Types("ACME_TOKEN", termtest.Enter)
	term.exits(0)
	term.Lacks("canary")
	if got := term.config(); !strings.Contains(got, "\n    token: env:ACME_TOKEN\n") {
		t.Errorf("the file holds\n%s", got)
	}
}

// A token from a login does not have to exist yet.
func TestProfileWizardLeavesTheTokenToALogin(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "acme", "--subscription-key", "env:EJENTO_KEY")
	term.Sees("Provider of profile acme")
	term.Types(termtest.Down, termtest.Enter)
	term.isAt("Base URL of the API (required)")
	term.Types("https://tenant.example.com", termtest.Enter)
	term.isAt("API version")
	term.Types(termtest.Enter)
	term.isAt("URL of the authorization server for usher auth login")
	term.Types("https://auth.example.com", termtest.Enter)
	term.Sees("Where is the token stored?", "in the system keyring (stored by usher auth login)")
	term.Types(termtest.Down, termtest.Down, termtest.Down, termtest.Down, termtest.Enter)
	term.exits(0)
	term.Sees("Saved profile acme to ", "next: usher auth login -p acme")
	if got := term.config(); !strings.Contains(got, "\n    token: 'keyring:'\n") {
		t.Errorf("the file holds\n%s", got)
	}
}

// If there are two ways to authenticate, the wizard prompts for one.
func TestProfileWizardAsksForTheWayToAuthenticate(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "orange", "--api-key", "file:/run/key", "--use")
	term.Sees("Provider of profile orange")
	term.Types(termtest.Down, termtest.Down, termtest.Enter)
	term.isAt("Base URL of the API (required)")
	term.Sees("> https://api.orange.com/evolutionplatform/referentiel/api/v1")
	term.Types(termtest.Enter)
	term.isAt("URL of the token endpoint")
	term.Types(termtest.Enter)
	term.Sees("Credentials for Orange Business, Evolution Platform", "> a client id and a client secret", "  a bearer token")
	term.Types(termtest.Down, termtest.Enter)
	term.Sees("Where is the token stored?")
	term.Types(termtest.Down, termtest.Down, termtest.Enter)
	term.isAt("Path of the file with the token (required)")
	term.Types("/run/token", termtest.Enter)
	term.exits(0)
	const want = `profiles:
  orange:
    provider: evolution
    token: file:/run/token
    api-key: file:/run/key
default-profile: orange
`
	if got := term.config(); got != want {
		t.Errorf("the file holds\n%s\nwant\n%s", got, want)
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
			term := start(t, nil, nil, "profiles", "add", "acme")
			term.Sees("Provider of profile acme")
			term.Types(termtest.Down, termtest.Down, termtest.Down, termtest.Enter)
			term.isAt("Base URL of the API (required)")
			term.Types("https://tenant.example.com", termtest.Enter)
			term.isAt("Id of the identity schema")
			term.Types(termtest.ClearLine, "customer", termtest.Enter)
			term.isAt("File with the identity schema")
			term.Types(termtest.Enter)
			term.Sees("Does the API require a token?")
			if answer == "no" {
				term.Types(termtest.Down, termtest.Enter)
			} else {
				term.Types(termtest.Enter)
				term.Sees("Where is the token stored?")
				term.Types(termtest.Down, termtest.Enter)
				term.isAt("Name of the variable with the token (required)")
				term.Types("ORY_TOKEN", termtest.Enter)
			}
			term.exits(0)
			if got := term.config(); got != want {
				t.Errorf("the file holds\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A cancelled wizard writes nothing, and neither does one with a secret that could not be stored.
func TestLeavingTheProfileWizard(t *testing.T) {
	for name, leave := range map[string]func(*terminal){
		"at the provider": func(term *terminal) { term.Types(termtest.Interrupt) },
		"at a setting": func(term *terminal) {
			term.Types(termtest.Enter)
			term.isAt("Base URL of the API")
			term.Types(termtest.Escape)
		},
		"at a secret": func(term *terminal) {
			term.Types(termtest.Enter)
			term.isAt("Base URL of the API")
			term.Types(termtest.Enter)
			term.Sees("Where is the token stored?")
			term.Types(termtest.Enter)
			term.isAt("Token (required)")
			term.Types(password)
			term.Types(termtest.Interrupt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := start(t, nil, nil, "profiles", "add", "acme")
			term.Sees("Provider of profile acme")
			leave(term)
			term.exits(130)
			term.Lacks("canary")
			if got := term.config(); got != "" {
				t.Errorf("the file holds\n%s", got)
			}
		})
	}
}
