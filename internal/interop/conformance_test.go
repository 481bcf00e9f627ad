package interop

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/internal/rest"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/provider/providertest"
	"github.com/bring-aboard/usher/pkg/schema"
)

// deviation is what a server does otherwise than the standard says, so that a
// check fails: every line of its error must match the pattern.
type deviation struct {
	check, because string
	pattern        string
}

// deviations lists what is known of each server. One that is gone fails the
// test, so that this list stays true.
func deviations() map[string][]deviation {
	escapes := deviation{
		check: "find escapes keys", because: `its filters take the \" and \\ of a JSON string as they are written`, pattern: `^"(\\"quoted\\"|back\\\\slash)": could not look the user up$`,
	}
	return map[string][]deviation{
		"scimmy": {escapes, {
			check: "find knows a key in another case", because: "its filters compare the case of letters, though userName is caseExact false",
			pattern: "(?i)^\"username 1 é<&>\": could not look the user up$",
		}},
		"elimity": {escapes},
	}
}

// TestConformance tries the adapter against each server.
func TestConformance(t *testing.T) {
	for _, s := range servers(t) {
		known := deviations()[s.name]
		for _, check := range providertest.Checks() {
			t.Run(s.name+" "+check.Name, func(t *testing.T) {
				err := check.Run(t, providertest.Subject{
					Adapter: adapter(), Connect: connect, Record: person,
					Serve: func(t testing.TB) string {
						s.clear(t)
						return s.base
					},
				})
				at := slices.IndexFunc(known, func(d deviation) bool { return d.check == check.Name })
				if at < 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				known[at].judge(t, err)
			})
		}
		for _, d := range known {
			if !slices.ContainsFunc(providertest.Checks(), func(c providertest.Check) bool { return c.Name == d.check }) {
				t.Errorf("no check is called %q", d.check)
			}
		}
	}
}

func (d deviation) judge(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("it holds now, and was thought not to, because %s: take it off the list", d.because)
		return
	}
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); !regexp.MustCompile(d.pattern).MatchString(line) {
			t.Errorf("beyond what is known (%s): %s", d.because, line)
		}
	}
	t.Logf("known: %s", d.because)
}

// person gives a record with every field, in the forms on which real servers
// insist: addresses of the web, base64, codes of countries.
func person(n int) schema.Record {
	record := providertest.Sample(adapter().Table, n).With(schema.Record{
		"profileUrl": fmt.Sprintf("https://example.com/people/%d", n), "locale": "en-US", "preferredLanguage": "en-US", "timezone": "America/Los_Angeles",
	})
	several := func(name, value, kind string) {
		one := schema.Record{"value": value, "primary": true, "display": "shown"}
		if kind != "" {
			one["type"] = kind
		}
		record[name] = []schema.Record{one}
	}
	several("emails", fmt.Sprintf("person%d@example.com", n), "work")
	several("phoneNumbers", "tel:+1-201-555-0123", "work")
	several("ims", fmt.Sprintf("person%d", n), "xmpp")
	several("photos", fmt.Sprintf("https://example.com/photos/%d.png", n), "photo")
	several("entitlements", "printer", "")
	several("roles", "reader", "")
	several("x509Certificates", base64.StdEncoding.EncodeToString([]byte("certificate")), "")
	record["addresses"] = []schema.Record{{
		"streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "US",
		"type": "work", "primary": true, "formatted": "100 Universal City Plaza, Hollywood",
	}}
	return record
}

func adapter() provider.Adapter { return scim.Adapter() }

// connect makes a client of the adapter with the program's own transport.
func connect(t testing.TB, baseURL string) provider.Client {
	t.Helper()
	scim := adapter()
	plain := func(name string) (string, bool) {
		for _, setting := range scim.Settings {
			if setting.Name == name && !setting.Secret {
				return setting.Default, setting.Default != ""
			}
		}
		return "", false
	}
	transport, err := rest.New(rest.Options{
		BaseURL: baseURL, Auth: scim.Auth, Reason: scim.Reason, Setting: plain,
		IsSet:  func(name string) bool { return name == "token" },
		Secret: func(context.Context, string) (string, error) { return token, nil },
	})
	check(t, err)
	t.Cleanup(transport.Close)
	client, err := scim.New(provider.Connection{
		Transport: transport,
		Setting:   func(name string) string { value, _ := plain(name); return value },
	})
	check(t, err)
	return client
}
