package draft_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/internal/draft"
	"github.com/bring-aboard/usher/internal/providers/described"
	"github.com/bring-aboard/usher/internal/referee"
)

const peoplePath = "/orgs/{orgId}/people"

func people(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A document with a response needs no TODO but guesses: the draft is valid, and follows its own example.
func TestOpenAPI(t *testing.T) {
	made, err := draft.OpenAPI([]byte(people(t)), peoplePath, draft.Options{Name: "acme-people"})
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(made.Todos, func(todo draft.Todo) bool { return todo.Needed }); i >= 0 {
		t.Errorf("line %d is needed: %s", made.Todos[i].Line, made.Todos[i].Text)
	}
	d, err := describe.Parse(made.Text)
	if err != nil {
		t.Fatalf("%v\n%s", err, made.Text)
	}
	for _, failure := range referee.Check(t.Context(), described.Adapter(d), d) {
		t.Error(failure)
	}
	if d.Vendor != "Acme People" || d.Docs != "https://docs.ac.test/people" || d.BaseURL != "https://api.ac.test" || d.Create.Path.String() != "/v2/orgs/{org-id}/people" {
		t.Errorf("got %s, %s, %s, %s", d.Vendor, d.Docs, d.BaseURL, d.Create.Path)
	}
	if len(d.Settings) != 1 || d.Settings[0].Help != "Id of the organization" || len(d.Auth.Headers) != 1 || d.Auth.Headers[0].Name != "X-Api-Key" || d.Auth.Basic != nil {
		t.Errorf("got %+v and %+v", d.Settings, d.Auth)
	}
	if d.Key.Field != "email" || d.ID != "id" || d.User.String() != "/data" || len(d.Conflicts) != 1 {
		t.Errorf("got the key %s, the id %s in %s and %d conflicts", d.Key.Field, d.ID, d.User, len(d.Conflicts))
	}
	for name, want := range map[string]string{
		"email": "string email required", "name": "string  required", "password": "string  secret", "address.city": "string  ", "address.country": "string  ",
		"roles": "list of strings  ", "seats": "integer  ", "active": "boolean  ",
	} {
		f := fieldOf(d, name)
		got := f.Kind.String() + " " + string(f.Format) + " "
		if f.Required {
			got += "required"
		}
		if f.Secret {
			got += "secret"
		}
		if got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if country := fieldOf(d, "address.country"); !country.Closed || !slices.Equal(country.Suggestions, []string{"FR", "DE"}) {
		t.Errorf("got %+v", country)
	}
	for _, want := range []string{"# list: {request: \"GET /v2/orgs/{org-id}/people\"", "# update: {request: \"PATCH /v2/orgs/{org-id}/people/{id}\"}", "/quota is left out", "help: Full name}"} {
		if !strings.Contains(string(made.Text), want) {
			t.Errorf("the draft lacks %s:\n%s", want, made.Text)
		}
	}
	if strings.Contains(string(made.Text), "Zq7Canary") {
		t.Errorf("the secret is in the draft:\n%s", made.Text)
	}
}

func TestOpenAPIIsRefused(t *testing.T) {
	text := people(t)
	for name, test := range map[string]struct{ old, new, path, want string }{
		"not YAML":                 {text, "{", peoplePath, "neither JSON nor YAML"},
		"an older version":         {"openapi: 3.1.0", "swagger: '2.0'", peoplePath, "1:1: the document must have openapi: 3.x"},
		"another path":             {"", "", "/orgs/{orgId}/persons", `no path "/orgs/{orgId}/persons"`},
		"a path that reads":        {"", "", "/orgs/{orgId}/people/{personId}", "neither post nor put"},
		"no JSON":                  {"application/json:\n            schema: {$ref", "application/xml:\n            schema: {$ref", peoplePath, "the request has no JSON body with a schema"},
		"another document":         {"schema: {$ref: \"#/components/schemas/Person\"}", "schema: {$ref: \"other.yaml#/Person\"}", peoplePath, "the request has no JSON body"},
		"a circle":                 {"schema: {$ref: \"#/components/schemas/Person\"}", "schema: &a {$ref: \"#/paths/~1orgs~1{orgId}~1people/post/requestBody/content/application~1json/schema\"}", peoplePath, "the request has no JSON body"},
		"no object":                {"schema: {$ref: \"#/components/schemas/Person\"}", "schema: {type: string}", peoplePath, "not an object with properties"},
		"references that multiply": {"city: {type: string,", "a: {$ref: \"#/components/schemas/Address\"}\n        b: {$ref: \"#/components/schemas/Address\"}\n        c: {$ref: \"#/components/schemas/Address\"}\n        city: {type: string,", peoplePath, "more than 2000 values"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := draft.OpenAPI([]byte(strings.Replace(text, test.old, test.new, 1)), test.path, draft.Options{})
			failed, ok := errors.AsType[describe.Error](err)
			if !ok || failed.Line < 1 || failed.Column < 1 || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// FuzzOpenAPI searches for a document whose draft is not valid YAML, and for an error without a place.
func FuzzOpenAPI(f *testing.F) {
	f.Add([]byte(people(f)))
	f.Add([]byte(`{"openapi":"3.0.0","servers":[{"url":"/"}],"paths":{"/orgs/{orgId}/people":{"post":{"requestBody":{"content":{"application/json":{"schema":{"properties":{"a":{"enum":["x"]}}}}}}}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		made, err := draft.OpenAPI(text, peoplePath, draft.Options{})
		if err != nil {
			if failed, ok := errors.AsType[describe.Error](err); !ok || failed.Line < 1 || failed.Column < 1 || failed.Problem == "" {
				t.Fatalf("got %#v", err)
			}
			return
		}
		var document map[string]any
		if err := yaml.Unmarshal(made.Text, &document); err != nil || document["usher"] != describe.Version {
			t.Fatalf("%v\n%s", err, made.Text)
		}
	})
}
