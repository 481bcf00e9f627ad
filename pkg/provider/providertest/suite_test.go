package providertest_test

import (
	"go/build"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
)

// subject is an acme as the suite takes it.
func (a *acme) subject() providertest.Subject {
	return providertest.Subject{
		Adapter: a.adapter,
		Connect: func(_ providertest.TB, baseURL string) provider.Client { return a.connect(baseURL) },
		Serve:   a.serve,
	}
}

func TestARightClientPasses(t *testing.T) {
	providertest.Run(t, newWholeAcme().subject())
}

// TestListsWithoutTotals tries the checks of lists with a server that states no
// totals, and with a client that believes it.
func TestListsWithoutTotals(t *testing.T) {
	const whole, round = "a list reports whether it is complete", "a list of a round number needs a total"
	for name, noticed := range map[string][]string{"right": nil, "trusting": {whole, round}} {
		a := newAcme()
		a.serve = func(t providertest.TB) string { return serveAcmeWith(t, false) }
		if name == "trusting" {
			following(trusting)(a)
		}
		for _, check := range providertest.Checks() {
			if !strings.HasPrefix(check.Name, "list ") && !strings.HasPrefix(check.Name, "a list ") {
				continue
			}
			t.Run(name+" "+check.Name, func(t *testing.T) {
				if err := check.Run(t, a.subject()); (err != nil) != slices.Contains(noticed, check.Name) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestAClientThatCreatesAndReadsPasses(t *testing.T) {
	providertest.Run(t, newAcme().subject())
}

func TestAClientThatCreatesAndNoMorePasses(t *testing.T) {
	a := newWholeAcme().narrow(func(c client) provider.Client { return struct{ creator }{creator{c}} })
	providertest.Run(t, a.subject())
}

// creator hides what a client can do beside creating.
type creator struct{ provider.Client }

func TestChecksHaveDistinctNames(t *testing.T) {
	seen := map[string]bool{}
	for _, check := range providertest.Checks() {
		if check.Name == "" || seen[check.Name] || check.Run == nil {
			t.Errorf("check %q is empty or listed twice", check.Name)
		}
		seen[check.Name] = true
	}
	if len(seen) < 20 {
		t.Errorf("the suite has shrunk to %d checks", len(seen))
	}
}

// The suite is for adapters outside of this module as well.
func TestImports(t *testing.T) {
	here, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(here.Imports) == 0 {
		t.Fatal("found no imports to judge")
	}
	for _, path := range here.Imports {
		if strings.Contains(path, "/internal/") {
			t.Errorf("providertest imports %s: it knows the contract alone", path)
		}
	}
}
