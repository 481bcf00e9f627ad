package config

import (
	"errors"
	"slices"
	"testing"
)

const routed = `profiles:
  acme: {provider: sulu}
  acme-orange: {provider: evolution}
routes:
  newcomer:
    - profile: acme-orange
    - profile: acme
      set: [ "oryId=@acme-orange.id", "mail=@acme-orange.key", "organization=org_1=2", roles= ]
    - profile: sandbox-ejento
`

func TestRoute(t *testing.T) {
	c := load(t, writeConfig(t, routed))
	if len(c.Errors()) > 0 {
		t.Fatal(c.Errors())
	}
	route, err := c.Route("newcomer")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := route.profiles(), []string{"acme-orange", "acme", "sandbox-ejento"}; !slices.Equal(got, want) {
		t.Errorf("got the profiles %v, want %v", got, want)
	}
	want := []RouteValue{
		{Field: "oryId", From: "acme-orange", Column: ColumnID}, {Field: "mail", From: "acme-orange", Column: ColumnKey},
		{Field: "organization", Text: "org_1=2"}, {Field: "roles"},
	}
	for i, got := range route.Steps[1].Set {
		if got.source.Line != 8 || got.source.Column == 0 {
			t.Errorf("value %d has the place %+v", i, got.source)
		}
		if got.source = (Source{}); got != want[i] {
			t.Errorf("got %+v, want %+v", got, want[i])
		}
	}
}

func TestRouteWithErrors(t *testing.T) {
	const profiles = "profiles: {acme: {provider: sulu}, other: {provider: ejento}}\nroutes:\n  r:\n"
	for name, test := range map[string]struct {
		steps string
		words []string
	}{
		"unknown profile":   {"    - profile: acmee\n", []string{":4:16: route r: profile: unknown profile", "did you mean acme?", "usher profiles list"}},
		"duplicate profile": {"    - profile: acme\n    - profile: acme\n", []string{":5:16: route r: profile: duplicate profile acme"}},
		"no profile":        {"    - set: [a=b]\n", []string{":4:7: route r: profile: required"}},
		"later step":        {"    - profile: acme\n      set: [a=@other.id]\n    - profile: other\n", []string{":5:13: route r: set: @other is not an earlier step"}},
		"own step":          {"    - profile: acme\n      set: [a=@acme.id]\n", []string{":5:13: route r: set: @acme is not an earlier step"}},
		"unknown column":    {"    - profile: acme\n    - profile: other\n      set: [a=@acme.name]\n", []string{":6:13: route r: set: must have the form FIELD=@PROFILE.id"}},
		"no value":          {"    - profile: acme\n      set: [a]\n", []string{":5:13: route r: set: must have the form FIELD=VALUE"}},
		"duplicate field":   {"    - profile: acme\n      set: [a=b, a=c]\n", []string{":5:18: route r: set: duplicate entry"}},
		"no list":           {"    - profile: acme\n      set: a=b\n", []string{":5:12: route r: set: must be a list"}},
		"unknown key":       {"    - profile: acme\n      sett: [a=b]\n", []string{":5:7: route r: unknown key", "did you mean set?"}},
		"no step":           {"    - acme\n", []string{":4:7: route r: a step must contain profile: NAME"}},
		"no steps":          {"    []\n", []string{":4:5: route r: must be a list of profiles, not an empty list"}},
		"a mapping":         {"    profile: acme\n", []string{":4:5: route r: must be a list of profiles, not a mapping"}},
		"twice the key":     {"    - profile: acme\n      profile: other\n", []string{":5:7: duplicate key"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, writeConfig(t, profiles+test.steps))
			_, err := c.Route("r")
			wantText(t, err, test.words...)
			wantText(t, c.Errors().err(), test.words...)
			if _, err := c.Profile("acme", nil); err != nil {
				t.Errorf("the profile cannot be used: %v", err)
			}
		})
	}
}

func TestRoutesWithErrors(t *testing.T) {
	for _, test := range []struct{ text, word string }{
		{"routes: [r]\n", "routes must contain one key for each route, not a list"},
		{"routes:\n  r: []\n  r: []\n", "duplicate key"},
	} {
		wantText(t, profileError(t, test.text, "acme", nil), test.word)
	}
	c := load(t, writeConfig(t, "routes:\n  R:\n    - profile: sandbox-sulu\n"))
	_, err := c.Route("R")
	wantText(t, err, ":2:3: a route name must contain only lower-case letters")
	_, err = c.Route("newcomer")
	if unknown, ok := errors.AsType[*UnknownRouteError](err); !ok || len(unknown.Steps()) != 1 {
		t.Errorf("got %v", err)
	}
}
