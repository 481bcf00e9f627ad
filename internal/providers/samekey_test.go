package providers_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers"
	"github.com/bring-aboard/usher/pkg/provider"
)

// answersAbout writes a response to each provider's lookup, whose users have these keys.
func answersAbout() map[string]func(keys ...string) string {
	list := func(format string, keys []string) string {
		var users []string
		for i, key := range keys {
			users = append(users, fmt.Sprintf(format, fmt.Sprintf("id-%d", i+1), key))
		}
		return strings.Join(users, ",")
	}
	return map[string]func(keys ...string) string{
		"sulu": func(keys ...string) string { return `{"users":[` + list(`{"id":%q,"email":"%s"}`, keys) + `]}` },
		"ory": func(keys ...string) string {
			return `[` + list(`{"id":%q,"schema_id":"default","traits":{"email":"%s"}}`, keys) + `]`
		},
		"scim": func(keys ...string) string {
			return fmt.Sprintf(`{"totalResults":%d,"Resources":[%s]}`, len(keys), list(`{"id":%q,"userName":"%s"}`, keys))
		},
	}
}

// A response about a user with another key is neither the user nor their absence; of
// users with the same key by the rule, the equal one wins.
func TestFindTellsUsersApart(t *testing.T) {
	const key = "a.weiss@example.com"
	for name, write := range answersAbout() {
		for _, test := range []struct {
			keys  []string
			id    string // empty for an error of the class
			class provider.Class
			names string
		}{
			{nil, "", provider.NotFound, ""},
			{[]string{key}, "id-1", 0, ""},
			{[]string{"A.Weiss@example.com"}, "id-1", 0, ""},
			{[]string{"A.Weiss@example.com", key}, "id-2", 0, ""},
			{[]string{"A.Weiss@example.com", "A.WEISS@example.com"}, "", provider.Conflict, "id-2"},
			{[]string{"a.weiß@example.com"}, "", provider.Unknown, "id-1"},
			{[]string{"a.wei\u017Fs@example.com"}, "", provider.Unknown, "id-1"},
			{[]string{"somebody@example.com"}, "", provider.Unknown, "id-1"},
		} {
			client := connect(t, name, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/ServiceProviderConfig") {
					answer(w, http.StatusNotFound, `{}`)
					return
				}
				if strings.Contains(r.URL.RawQuery, "nobody-") { // it does not ignore the filter
					answer(w, http.StatusOK, write())
					return
				}
				answer(w, http.StatusOK, write(test.keys...))
			})
			user, err := provider.Must[provider.Finder](client).Find(t.Context(), key)
			switch {
			case test.id != "" && (err != nil || user.ID != test.id):
				t.Errorf("%s %q: got %+v, %v, want %s", name, test.keys, user, err, test.id)
			case test.id == "" && (err == nil || provider.ClassOf(err) != test.class || !strings.Contains(err.Error(), test.names)):
				t.Errorf("%s %q: got %+v, %v, want class %s, naming %q", name, test.keys, user, err, test.class, test.names)
			case test.id == "" && test.class == provider.Unknown && !errors.Is(err, provider.ErrAnotherUser):
				t.Errorf("%s %q: %v does not say that it is another user", name, test.keys, err)
			}
		}
	}
}

// The item of one name has one response.
func TestEvolutionTellsUsersApart(t *testing.T) {
	for key, want := range map[string]string{"jdoe": "jdoe", "Jdoe": "Jdoe", "jd": ""} {
		client := connect(t, "evolution", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusOK, fmt.Sprintf(`{"identityName":%q}`, key))
		})
		user, err := provider.Must[provider.Finder](client).Find(t.Context(), "jdoe")
		if user.ID != want || want == "" && (!errors.Is(err, provider.ErrAnotherUser) || !strings.Contains(err.Error(), `"jd"`)) {
			t.Errorf("%s: got %+v, %v", key, user, err)
		}
	}
}

// What is documented of case, by provider.
func TestKeyCase(t *testing.T) {
	want := map[string]provider.KeyCase{
		"sulu": provider.KeyCaseUnknown, "ejento": provider.KeyCaseUnknown, "evolution": provider.KeyCaseUnknown,
		"ory": provider.KeyCaseIgnored, "scim": provider.KeyCaseIgnored,
	}
	for _, adapter := range providers.All() {
		if got, ok := want[adapter.Name]; !ok || adapter.KeyCase != got {
			t.Errorf("%s: %s, want %s", adapter.Name, adapter.KeyCase, got)
		}
		delete(want, adapter.Name)
	}
	if len(want) > 0 {
		t.Errorf("not looked at: %v", want)
	}
}

// A tenant's own description of its fields has the last word.
func TestKeyCaseOfATenant(t *testing.T) {
	const (
		scim = `{"Resources":[{"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[{"name":"userName","type":"string"%s}]}]}`
		ory  = `{"properties":{"traits":{"type":"object","properties":{"name":{"type":"string"%s,"ory.sh/kratos":{"credentials":{"password":{"identifier":true}}}}}}}}`
	)
	for _, test := range []struct {
		name, document string
		want           provider.KeyCase
	}{
		{"scim", fmt.Sprintf(scim, ``), provider.KeyCaseIgnored},
		{"scim", fmt.Sprintf(scim, `,"caseExact":false`), provider.KeyCaseIgnored},
		{"scim", fmt.Sprintf(scim, `,"caseExact":true`), provider.KeyCaseExact},
		{"ory", fmt.Sprintf(ory, `,"format":"email"`), provider.KeyCaseIgnored},
		{"ory", fmt.Sprintf(ory, ``), provider.KeyCaseUnknown},
	} {
		file := filepath.Join(t.TempDir(), "schema.json")
		if err := os.WriteFile(file, []byte(test.document), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, adapter := range providers.All() {
			if adapter.Name != test.name {
				continue
			}
			tailored, err := adapter.ForTenant(func(setting string) string {
				return map[string]string{provider.SchemaFile: file}[setting]
			})
			if key, _ := tailored.Table.Field(tailored.Key); err != nil || tailored.KeyCase != test.want || !key.Identifier {
				t.Errorf("%s: %s, %v, %v", test.document, tailored.KeyCase, key.Identifier, err)
			}
		}
	}
}
