package interop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
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
	const (
		extensionKept = "it stores the change of an attribute of an extension under the whole path, beside the extension"
		extensionLine = "^([^ ].*: )?(the user that is (given|kept): )?field (employeeNumber|costCenter|organization|division|department|manager.value) is \""
		noUser        = "it answers a PATCH that changes nothing with 204 and no user, so the user is read afterwards"
		sameValue     = "no two users have one email or one externalId, and the suite changes two users to the same one"
	)
	escapes := deviation{
		check: "find escapes keys", because: `its filters take the \" and \\ of a JSON string as they are written`, pattern: `^"(\\"quoted\\"|back\\\\slash)": could not look up the user$`,
	}
	return map[string][]deviation{
		"scimmy": {escapes, {
			check: "find accepts a key in another case", because: "its filters compare the case of letters, though userName is caseExact false",
			pattern: "(?i)^\"username 1 é<&>\": could not look up the user$",
		}, {
			check: "Retry-After is understood", because: noUser,
			pattern: `^(activate, in its last request: )?status (403|429|503): (the error is of class unknown, want busy: could not activate the user: the provider returned 204 No Content|the error has the status 204$|asked to wait 0s, want 7s$)`,
		}, {
			check: "redirects are not followed", because: noUser, pattern: `^(activate, in its last request: )?status 30[0-9]: the error has the status 204$`,
		}},
		"elimity": {escapes},
		"jackson": {{
			check: "find escapes keys", because: "its filters search the first of a user's emails, whatever attribute they name",
			pattern: `^".*": could not look up the user$`,
		}, {
			check: "an update of the key is followed", because: "its filters search the first of a user's emails, and the new userName is not one",
			pattern: "^(find|the key of before: the error is of class unknown, want not found): could not look up the user",
		}, {
			check: "a list reports whether it is complete", because: "its list ends after 50 users, with a total of 50",
			pattern: "^the list has 50 users of 205$",
		}, {
			check: "list sends its filters", because: "it fails for a filter without eq",
			pattern: `^\["filter"\]: could not list the users: the provider returned 500 `,
		}, {
			check: "update changes the given fields and nothing else", because: extensionKept,
			pattern: extensionLine,
		}, {
			check: "update can empty a field", because: extensionKept,
			pattern: extensionLine,
		}},
		"betterauth": {{
			check: "list sends its filters", because: "its filters support eq only",
			pattern: `^\["filter"\]: could not list the users: the provider returned 400 `,
		}, {
			check: "update changes the given fields and nothing else", because: sameValue,
			pattern: "^(emails|externalId): could not update the user: the provider returned 409 ",
		}, {
			check: "a response about another user is unknown", because: sameValue,
			pattern: "^update on the live server: could not update the user: the provider returned 409 ",
		}, {
			check: "update can empty a field", because: "it makes up name.formatted and displayName if they are missing, and requires an email",
			pattern: `^((name\.formatted|displayName): )?the user that is (given|kept): field (name\.formatted|displayName) is "|` +
				"^emails: could not update the user: the provider returned 400 ",
		}},
	}
}

// TestConformance tries the adapter against each server.
func TestConformance(t *testing.T) {
	for _, name := range serverNames() {
		s := start(t, name)
		subject := s.subject(t)
		known := deviations()[s.name]
		for _, check := range providertest.Checks() {
			t.Run(s.name+" "+check.Name, func(t *testing.T) {
				err := check.Run(t, subject)
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

// subject returns the adapter with what the suite needs to try it against the
// server. A server that lists the fields that it stores has these.
func (s server) subject(t *testing.T) providertest.Subject {
	t.Helper()
	subject := providertest.Subject{
		Adapter: scim.Adapter(),
		Serve: func(t providertest.TB) string {
			s.clear(t)
			s.createGroups(t)
			return s.base
		},
	}
	if s.name == "betterauth" {
		subject.Adapter = s.tailored(t, subject.Adapter)
	}
	subject.Connect = func(t providertest.TB, baseURL string) provider.Client {
		return s.connect(t, subject.Adapter, baseURL)
	}
	subject.Record = func(n int) schema.Record { return person(s.name, subject.Adapter.Table, n) }
	if s.name == "jackson" { // its responses never have members
		subject = withoutGroups(subject)
	}
	return subject
}

// createGroups creates two groups, and returns their ids.
func (s server) createGroups(t providertest.TB) []string {
	t.Helper()
	return []string{s.createGroup(t, "Staff"), s.createGroup(t, "Board")}
}

// createGroup creates a group, and returns its id.
func (s server) createGroup(t providertest.TB, name string) string {
	t.Helper()
	status, text := s.send(t, http.MethodPost, s.base+"/Groups",
		[]byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"`+name+`"}`))
	var made struct{ ID string }
	check(t, json.Unmarshal(text, &made))
	if status != http.StatusCreated || made.ID == "" {
		t.Fatalf("%s: POST /Groups: %d\n%s", s.name, status, text)
	}
	return made.ID
}

// tailored returns the adapter with the fields of the server's own /Schemas.
func (s server) tailored(t *testing.T, adapter provider.Adapter) provider.Adapter {
	t.Helper()
	file := filepath.Join(t.TempDir(), "schemas.json")
	check(t, os.WriteFile(file, s.get(t, "/Schemas"), 0o600))
	adapter, err := adapter.ForTenant(func(name string) string {
		if name == provider.SchemaFile {
			return file
		}
		return plainSetting(adapter, name)
	})
	check(t, err)
	return adapter
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

// person returns a record with every field of a table, in the forms on which
// real servers insist: addresses of the web, base64, codes of countries.
func person(server string, table schema.Table, n int) schema.Record {
	special := schema.Record{
		"profileUrl": fmt.Sprintf("https://example.com/people/%d", n), "locale": "en-US", "preferredLanguage": "en-US", "timezone": "America/Los_Angeles",
		"emails":           several(fmt.Sprintf("person%d@example.com", n), "work"),
		"phoneNumbers":     several("tel:+1-201-555-0123", "work"),
		"ims":              several(fmt.Sprintf("person%d", n), "xmpp"),
		"photos":           several(fmt.Sprintf("https://example.com/photos/%d.png", n), "photo"),
		"entitlements":     several("printer", ""),
		"roles":            several("reader", ""),
		"x509Certificates": several(base64.StdEncoding.EncodeToString([]byte("certificate")), ""),
		"addresses": []schema.Record{{
			"streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "US",
			"type": "work", "primary": true, "formatted": "100 Universal City Plaza, Hollywood",
		}},
	}
	switch server {
	case "jackson": // it finds users by the first of their emails
		special["userName"] = fmt.Sprintf("person%d@example.com", n)
	case "betterauth": // it requires an email, here or in emails, and stores no display name of these lists
		special["userName"] = fmt.Sprintf("Person%d@example.com", n)
		for _, name := range []string{"emails", "phoneNumbers"} {
			delete(special[name].([]schema.Record)[0], "display")
		}
	}
	record := providertest.Sample(table, n)
	for name, value := range special {
		field, ok := table.Field(name)
		if !ok {
			continue
		}
		if parts, ok := value.([]schema.Record); ok {
			maps.DeleteFunc(parts[0], func(name string, _ any) bool {
				return !slices.ContainsFunc(field.Parts, func(part schema.Field) bool { return part.Name == name })
			})
		}
		record[name] = value
	}
	return record
}

// several returns the one member of a list of several values.
func several(value, kind string) []schema.Record {
	one := schema.Record{"value": value, "primary": true, "display": "shown"}
	if kind != "" {
		one["type"] = kind
	}
	return []schema.Record{one}
}

// plainSetting returns the default of a setting that is not a secret.
func plainSetting(adapter provider.Adapter, name string) string {
	for _, setting := range adapter.Settings {
		if setting.Name == name && !setting.Secret {
			return setting.Default
		}
	}
	return ""
}

// connect returns a client of the adapter with the program's own transport.
func (s server) connect(t providertest.TB, adapter provider.Adapter, baseURL string) provider.Client {
	t.Helper()
	transport, err := rest.New(rest.Options{
		BaseURL: baseURL, Auth: adapter.Auth, Reason: adapter.Reason,
		Setting: func(name string) (string, bool) {
			value := plainSetting(adapter, name)
			return value, value != ""
		},
		IsSet:  func(name string) bool { return name == "token" },
		Secret: func(context.Context, string) (string, error) { return s.token, nil },
	})
	check(t, err)
	t.Cleanup(transport.Close)
	client, err := adapter.New(provider.Connection{
		Transport: transport, Setting: func(name string) string { return plainSetting(adapter, name) },
	})
	check(t, err)
	return client
}
