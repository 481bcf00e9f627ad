package schema_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// canary is a secret that no error may hold.
const canary = "canary-5d41402abc"

// people is a table with a field of every kind, format and place.
func people() schema.Table {
	return schema.Table{
		{Name: "tenant", In: schema.Path, Kind: schema.Integer, Required: true, Title: "Tenant number"},
		{Name: "email", Format: schema.Email, Required: true, Title: "E-mail address", Aliases: []string{"mail"}},
		{Name: "password", Secret: true, WriteOnly: true},
		{Name: "name.given", Format: schema.NonBlank, Aliases: []string{"first name"}},
		{Name: "name.family"},
		{Name: "device", Wire: []string{"extra", "device", "id"}, Format: schema.UUID},
		{Name: "age", Kind: schema.Integer},
		{Name: "active", Kind: schema.Boolean},
		{Name: "roles", Kind: schema.Strings, Flag: "role"},
		{Name: "teams", Kind: schema.Objects, Flag: "team", Parts: []schema.Field{
			{Name: "team", Required: true},
			{Name: "rank", Kind: schema.Integer},
			{Name: "lead", Kind: schema.Boolean},
		}},
		{Name: "pins", Kind: schema.Objects, Parts: []schema.Field{
			{Name: "device", Required: true},
			{Name: "pin", Required: true, Secret: true},
		}},
		{Name: "recovery", Wire: []string{"credentials", "recovery", "code"}, Secret: true},
	}
}

// field finds a field of the table above.
func field(t testing.TB, name string) schema.Field {
	t.Helper()
	f, ok := people().Field(name)
	if !ok {
		t.Fatalf("the table has no field %s", name)
	}
	return f
}

// document decodes JSON as its readers do, numbers kept as they are written.
func document(t interface{ Fatalf(string, ...any) }, text string) map[string]any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var members map[string]any
	if err := decoder.Decode(&members); err != nil {
		t.Fatalf("the test's own document: %v", err)
	}
	return members
}

// wordings returns all that faults say, in every way in which Go prints them.
func wordings(fieldErrs schema.FieldErrors) string {
	var all bytes.Buffer
	for _, fieldErr := range fieldErrs {
		all.WriteString(fieldErr.Error() + "\n" + fieldErr.Value + "\n" + fieldErr.Message + "\n" + fieldErr.Hint + "\n" + fieldErr.Pointer + "\n")
	}
	return all.String()
}
