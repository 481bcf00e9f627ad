package scim_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

const (
	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	acme       = "urn:example:params:scim:schemas:extension:acme:2.0:User"
)

// tailored returns the adapter of a profile with these settings.
func tailored(extensions, file string) (provider.Adapter, error) {
	return scim.Adapter().ForTenant(func(name string) string {
		return map[string]string{"extensions": extensions, "schema-file": file}[name]
	})
}

func TestExtensionsInUse(t *testing.T) {
	all := scim.Adapter().Table
	for _, test := range []struct {
		extensions string
		fields     int
	}{
		{enterprise, len(all)}, {"", len(all) - 6}, {" , " + enterprise + " ,", len(all)},
	} {
		adapter, err := tailored(test.extensions, "")
		if err != nil || len(adapter.Table) != test.fields {
			t.Errorf("%q: %d fields (%v), want %d", test.extensions, len(adapter.Table), err, test.fields)
		}
	}
	if _, err := tailored(enterprise+","+acme, ""); err == nil || !strings.Contains(err.Error(), acme) || !strings.Contains(err.Error(), "usher profiles schema NAME --save FILE") {
		t.Errorf("an extension without its schema: %v", err)
	}
}

// describe writes what a field is, in one line.
func describe(field schema.Field) string {
	words := []string{field.Name, field.Kind.String(), strings.Join(field.WirePath()[max(0, len(field.WirePath())-2):], "/")}
	for word, holds := range map[string]bool{
		"required": field.Required, "immutable": field.Immutable, "secret": field.Secret, "write-only": field.WriteOnly,
	} {
		if holds {
			words = append(words, word)
		}
	}
	slices.Sort(words[3:])
	if len(field.Suggestions) > 0 {
		words = append(words, strings.Join(field.Suggestions, "|"))
	}
	for _, part := range field.Parts {
		words = append(words, "["+describe(part)+"]")
	}
	return strings.Join(words, " ")
}

// The tenant's schemas narrow the standard's fields and add their own.
func TestSchemaFile(t *testing.T) {
	file := filepath.Join("testdata", "schemas", "tenant.json")
	adapter, err := tailored(enterprise+","+acme, file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"userName string userName required",
		"externalId string externalId immutable",
		"name.familyName string name/familyName required",
		"name.givenName string name/givenName",
		"userType string userType Staff|Guest",
		"active boolean active",
		"password string password secret write-only",
		"emails list of objects emails required [value string value required] [type string type work] [primary boolean primary] [display string display]",
		"roles list of strings roles",
		"department string " + enterprise + "/department required",
		"shoeSize integer shoeSize",
		acme + ":department string " + acme + "/department",
		"pin string " + acme + "/pin secret write-only",
		"badge.number string badge/number immutable required",
		"badge.colour string badge/colour red|blue",
		"lockers list of objects " + acme + "/lockers [floor integer floor]",
	}
	var got []string
	for _, field := range adapter.Table {
		got = append(got, describe(field))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the fields are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if field, _ := adapter.Table.Field("shoeSize"); field.Help != "Size of the shoes, in Paris points" {
		t.Errorf("the help is %q", field.Help)
	}
	if adapter, err := tailored(enterprise, file); err != nil || len(adapter.Table) != 11 {
		t.Errorf("without the extension: %d fields, %v", len(adapter.Table), err)
	}
}

// A tailored client writes the fields of its tenant, and names their schemas.
func TestTailoredClient(t *testing.T) {
	adapter, err := tailored(acme, filepath.Join("testdata", "schemas", "tenant.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &wild{on: map[string]http.HandlerFunc{"POST /Users": answers(201, scimJSON, person("1", "ada"))}}
	_, err = w.meetAs(t, adapter).Create(t.Context(), record("ada").With(schema.Record{"badge.number": "7", "roles": []string{"admin"}}))
	want := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","` + acme + `"],"userName":"ada","roles":["admin"],"` + acme + `":{"badge":{"number":"7"}}}`
	if err != nil || w.bodies[0] != want {
		t.Errorf("sent %s, %v\nwant %s", w.bodies, err, want)
	}
}

func TestSchemaFilesThatAreNone(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"empty": "", "page": "<html>", "list": "[]", "other": `{"Resources":[{"id":"urn:x","attributes":[]}]}`, "null": "null",
	} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tailored(enterprise, file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tailored(enterprise, filepath.Join(folder, "nowhere")); err == nil || !strings.HasPrefix(err.Error(), "schema-file: ") {
		t.Errorf("no file: %v", err)
	}
}

func TestSchemaIsFetched(t *testing.T) {
	document, err := os.ReadFile(filepath.Join("testdata", "schemas", "tenant.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := &wild{on: map[string]http.HandlerFunc{"GET /Schemas": answers(200, scimJSON, string(document))}}
	if got, err := w.meet(t).Schema(t.Context()); err != nil || string(got) != string(document) {
		t.Errorf("got %s, %v", got, err)
	}
	bare := &wild{on: map[string]http.HandlerFunc{"GET /Schemas": answers(200, scimJSON, `[{"id":"URN:ietf:params:scim:schemas:core:2.0:user","attributes":[]}]`)}}
	if _, err := bare.meet(t).Schema(t.Context()); err != nil {
		t.Errorf("a bare list: %v", err)
	}
	other := &wild{on: map[string]http.HandlerFunc{"GET /Schemas": answers(200, scimJSON, people(0))}}
	_, err = other.meet(t).Schema(t.Context())
	judge(t, "no schema of a user", err, provider.Unknown, 200)
	_, err = (&wild{}).meet(t).Schema(t.Context())
	judge(t, "no schemas", err, provider.NotFound, 404)
}

// Any file gives a table that holds together, or an error.
func FuzzSchemaFile(f *testing.F) {
	seed, err := os.ReadFile(filepath.Join("testdata", "schemas", "tenant.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seed))
	f.Add(`[{"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[{"name":"a","type":"complex","subAttributes":[{"name":"a"}]},{"name":"a"},{"name":"A"},{"name":"a"}]}]`)
	f.Add(`{"Resources":[{"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[{"name":"emails","multiValued":true},{"name":"name"},{"name":"userName","type":"complex"}]}]}`)
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(folder, "schemas.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		adapter, err := tailored(enterprise+","+acme, file)
		if err != nil {
			return
		}
		names := map[string]bool{}
		for _, field := range adapter.Table {
			if names[field.Name] {
				t.Errorf("two fields are called %s", field.Name)
			}
			names[field.Name] = true
			if field.Name == "" || field.Help == "" || (field.Kind == schema.Objects) != (len(field.Parts) > 0) {
				t.Errorf("field %+v", field)
			}
		}
		if key, ok := adapter.Table.Field("userName"); !ok || !key.Required || key.Kind != schema.String || key.Secret {
			t.Errorf("the key is %+v", key)
		}
	})
}

// What a server's own schemas say of the user name wins over the standard's word.
func TestUniqueness(t *testing.T) {
	schemas := func(uniqueness string) string {
		return `{"Resources":[{"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[{"name":"userName","type":"string"` + uniqueness + `}]}]}`
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    provider.Uniqueness
		fails   bool
	}{
		"server":      {answers(200, scimJSON, schemas(`,"uniqueness":"server"`)), provider.UniqueEnforced, false},
		"global":      {answers(200, scimJSON, schemas(`,"uniqueness":"GLOBAL"`)), provider.UniqueEnforced, false},
		"none":        {answers(200, scimJSON, schemas(`,"uniqueness":"none"`)), provider.UniqueDocumented, false},
		"not a word":  {answers(200, scimJSON, schemas(``)), provider.UniqueDocumented, false},
		"no schemas":  {answers(404, scimJSON, refusal(404, "")), provider.UniqueDocumented, false},
		"a page":      {answers(200, "text/html", "<html>"), provider.UniqueDocumented, false},
		"unavailable": {answers(503, "", ""), provider.UniqueUnknown, true},
	} {
		w := &wild{on: map[string]http.HandlerFunc{"GET /Schemas": test.handler}}
		got, err := w.meet(t).(provider.Uniquer).Unique(t.Context())
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, test.want)
		}
	}
	file := filepath.Join(t.TempDir(), "schemas.json")
	if err := os.WriteFile(file, []byte(schemas(`,"uniqueness":"server"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	adapter, err := scim.Adapter().ForTenant(func(name string) string { return map[string]string{provider.SchemaFile: file}[name] })
	if err != nil {
		t.Fatal(err)
	}
	client, err := adapter.New(provider.Connection{}) // which sends nothing
	if err != nil {
		t.Fatal(err)
	}
	if got, err := provider.Must[provider.Uniquer](client).Unique(t.Context()); got != provider.UniqueEnforced || err != nil {
		t.Errorf("by the file: got %s, %v", got, err)
	}
}
