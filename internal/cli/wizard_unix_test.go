//go:build unix

package cli

import (
	"strings"
	"testing"
)

// Without --provider, on a terminal, `profiles add` asks for everything.
func TestProfileWizard(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "acme")
	term.sees("Which provider does acme connect to?", "> sulu: Sulu", "  evolution: Orange Business")
	term.types(down, enter)
	term.isAt("Address of the API (required)")
	term.types(enter)
	term.sees("! Address of the API is required")
	term.types("tenant.example.com", enter)
	term.sees(`! base-url "tenant.example.com" has no scheme: did you mean https://tenant.example.com?`)
	term.types(clearLine, "http://tenant.example.com", enter)
	term.sees("! base-url would send the credentials to tenant.example.com in clear")
	term.types(clearLine, "https://tenant.example.com", enter)
	term.isAt("Generation of the API")
	term.types(enter)
	term.isAt("Address of the authorization server, for usher auth login")
	term.types("https://auth.example.com", enter)
	term.sees("Where is the subscription-key kept?")
	term.types(down, enter)
	term.isAt("Name of the variable that holds the subscription-key (required)")
	term.types("NOT A NAME", enter)
	term.sees("! ")
	term.types(clearLine, "EJENTO_KEY", enter)
	term.sees("Where is the token kept?")
	term.types(down, down, down, enter)
	term.isAt("Command that prints the token (required)")
	term.sees("it runs without a shell")
	term.types("op read op://ops/ejento/token", enter)
	term.exits(0)
	term.sees("Profile acme is written to ", "next: usher profiles check acme")
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
	term.sendsNoQuery()
}

// A token that a login issues needs not be at hand yet.
func TestProfileWizardLeavesTheTokenToALogin(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "acme", "--subscription-key", "env:EJENTO_KEY")
	term.sees("Which provider does acme connect to?")
	term.types(down, enter)
	term.isAt("Address of the API (required)")
	term.types("https://tenant.example.com", enter)
	term.isAt("Generation of the API")
	term.types(enter)
	term.isAt("Address of the authorization server, for usher auth login")
	term.types("https://auth.example.com", enter)
	term.sees("Where is the token kept?", "in the system's keyring: usher auth login puts it there")
	term.types(down, down, down, down, enter)
	term.exits(0)
	term.sees("Profile acme is written to ", "next: usher auth login -p acme")
	if got := term.config(); !strings.Contains(got, "\n    token: 'keyring:'\n") {
		t.Errorf("the file holds\n%s", got)
	}
}

// Where there are two ways to authenticate, the person says which.
func TestProfileWizardAsksForTheWayToAuthenticate(t *testing.T) {
	term := start(t, nil, nil, "profiles", "add", "orange", "--api-key", "file:/run/key", "--use")
	term.sees("Which provider does orange connect to?")
	term.types(down, down, enter)
	term.isAt("Address of the API (required)")
	term.sees("> https://api.orange.com/evolutionplatform/referentiel/api/v1")
	term.types(enter)
	term.isAt("Address that issues access tokens")
	term.types(enter)
	term.sees("What did Orange Business, Evolution Platform give you?", "> a client id and a client secret", "  a bearer token")
	term.types(down, enter)
	term.sees("Where is the token kept?")
	term.types(down, down, enter)
	term.isAt("Path of the file that holds the token (required)")
	term.types("/run/token", enter)
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

// A server may do without a token: then none is asked for.
func TestProfileWizardLeavesAnOptionalTokenOut(t *testing.T) {
	for answer, want := range map[string]string{
		"yes": "profiles:\n  acme:\n    provider: ory\n    base-url: https://tenant.example.com\n    token: env:ORY_TOKEN\n    schema-id: customer\n",
		"no":  "profiles:\n  acme:\n    provider: ory\n    base-url: https://tenant.example.com\n    schema-id: customer\n",
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			term := start(t, nil, nil, "profiles", "add", "acme")
			term.sees("Which provider does acme connect to?")
			term.types(down, down, down, enter)
			term.isAt("Address of the API (required)")
			term.types("https://tenant.example.com", enter)
			term.isAt("Id of the identity schema that the traits follow")
			term.types(clearLine, "customer", enter)
			term.isAt("File with that identity schema")
			term.types(enter)
			term.sees("Does the API ask for a token?")
			if answer == "no" {
				term.types(down, enter)
			} else {
				term.types(enter)
				term.sees("Where is the token kept?")
				term.types(down, enter)
				term.isAt("Name of the variable that holds the token (required)")
				term.types("ORY_TOKEN", enter)
			}
			term.exits(0)
			if got := term.config(); got != want {
				t.Errorf("the file holds\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// Whoever leaves the wizard has written nothing, nor has a secret that could not be kept.
func TestLeavingTheProfileWizard(t *testing.T) {
	for name, leave := range map[string]func(*terminal){
		"at the provider": func(term *terminal) { term.types(interrupt) },
		"at a setting": func(term *terminal) {
			term.types(enter)
			term.isAt("Address of the API")
			term.types(escape)
		},
		"at a secret": func(term *terminal) {
			term.types(enter)
			term.isAt("Address of the API")
			term.types(enter)
			term.sees("Where is the token kept?")
			term.types(enter)
			term.isAt("Token (required)")
			term.types(password)
			term.types(interrupt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			term := start(t, nil, nil, "profiles", "add", "acme")
			term.sees("Which provider does acme connect to?")
			leave(term)
			term.exits(130)
			term.lacks("canary")
			if got := term.config(); got != "" {
				t.Errorf("the file holds\n%s", got)
			}
		})
	}
}
