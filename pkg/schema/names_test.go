package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestKebab(t *testing.T) {
	for name, want := range map[string]string{
		"email": "email", "oryId": "ory-id", "firstName": "first-name", "first_name": "first-name", "org_id": "org-id",
		"address.line1": "address-line1", "address.zipCode": "address-zip-code", "identityName": "identity-name",
		"ID": "id", "userID": "user-id", "Display Name": "display-name", "a-b": "a-b", "a__b": "a-b", "zipCode2": "zip-code2", "": "",
	} {
		if got := schema.Kebab(name); got != want {
			t.Errorf("Kebab(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFoldName(t *testing.T) {
	same := [][]string{
		{"E-mail address", "email_address", "emailAddress", "EMAIL ADDRESS", " e.mail/address* "},
		{"Prénom", "PRÉNOM", "pre\u0301nom"},
		{"address.line1", "Address line 1", "addressLine1"},
		{"", "--", " "},
	}
	for _, names := range same {
		for _, name := range names {
			if got, want := schema.FoldName(name), schema.FoldName(names[0]); got != want {
				t.Errorf("%q and %q fold to %q and %q", name, names[0], got, want)
			}
		}
	}
	if schema.FoldName("line1") == schema.FoldName("line2") {
		t.Error("digits are lost")
	}
}

func TestNearest(t *testing.T) {
	names := []string{"email", "firstName", "lastName", "address.line1", "address.line2"}
	for word, want := range map[string]string{
		"emial": "email", "E-Mail": "email", "first_name": "firstName", "frstname": "firstName", "addresss line2": "address.line2",
		"salary": "", "": "",
	} {
		if got := schema.Nearest(word, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
	for _, test := range []struct{ word, candidates, want string }{
		// what a newcomer typed, and was misled by
		{"activate", "create import deactivate delete", ""},
		{"deactivate", "create activate delete", ""},
		{"unlock", "lock list", ""},
		{"activat", "activate deactivate", "activate"},
		{"deactivat", "activate deactivate", "deactivate"},
		{"Start", "address.state email", ""},
		{"Status", "address.state email", ""},
		{"Full name", "firstName lastName", ""},
		{"provider", "profile email", ""},
		{"ory", "organization oryId", "oryId"},
		{"org", "organization oryId", "organization"},
		{"or", "organization oryId", ""},
		{"address", "address.line1 address.line2", ""},
		{"ids", "id", ""},
		// and what is meant
		{"lst", "list delete", "list"},
		{"improt", "import export", "import"},
		{"imp", "import export", "import"},
		{"organisation", "organization oryId", "organization"},
		{"delte", "delete deactivate", "delete"},
		{"pasword", "password passwordHash", "password"},
	} {
		if got := schema.Nearest(test.word, strings.Fields(test.candidates)); got != test.want {
			t.Errorf("Nearest(%q) of %s = %q, want %q", test.word, test.candidates, got, test.want)
		}
	}
	if got := schema.Nearest("email", nil); got != "" {
		t.Errorf("nearest of none: %q", got)
	}
}

func TestMatchPrecedence(t *testing.T) {
	table := schema.Table{
		{Name: "one", Aliases: []string{"three", "word"}},
		{Name: "two", Flag: "three", Title: "The number two"},
		{Name: "three", Aliases: []string{"word"}},
		{Name: "four", Flag: "one"},
	}
	for word, want := range map[string]string{
		"one": "one", "Three": "three", // a documented name wins
		"t-w-o": "two", "the number TWO": "two", // by flag and title
		"word": "one", // the first by alias
		"":     "", "five": "",
	} {
		got, ok := table.Match(word)
		if got.Name != want || ok != (want != "") {
			t.Errorf("Match(%q) = %q, %v, want %q", word, got.Name, ok, want)
		}
	}
	table = table[:2]
	if got, _ := table.Match("three"); got.Name != "two" {
		t.Errorf("an alias won over a flag: %q", got.Name)
	}
}

func TestTableLists(t *testing.T) {
	table := people()
	if got, want := table.Ordered().Names()[:3], []string{"tenant", "email", "password"}; !slices.Equal(got, want) {
		t.Errorf("Ordered begins %q, want %q", got, want)
	}
	moved := schema.Table{{Name: "a"}, {Name: "b", Required: true}, {Name: "c"}, {Name: "d", Required: true}}
	if got, want := moved.Ordered().Names(), []string{"b", "d", "a", "c"}; !slices.Equal(got, want) {
		t.Errorf("Ordered = %q, want %q", got, want)
	}
	if got, want := table.Secrets().Names(), []string{"password", "recovery"}; !slices.Equal(got, want) {
		t.Errorf("Secrets = %q, want %q", got, want)
	}
	missing := table.Missing(schema.Record{"email": "", "name.given": ""})
	if got, want := missing.Names(), []string{"tenant", "email"}; !slices.Equal(got, want) {
		t.Errorf("Missing = %q, want %q", got, want)
	}
}

func TestFieldWords(t *testing.T) {
	tests := []struct {
		field                  schema.Field
		flag, label, valueName string
	}{
		{schema.Field{Name: "firstName"}, "first-name", "firstName", "string"},
		{schema.Field{Name: "roles", Flag: "role", Title: "Roles", Kind: schema.Strings}, "role", "Roles", "string"},
		{schema.Field{Name: "age", Kind: schema.Integer}, "age", "age", "int"},
		{schema.Field{Name: "active", Kind: schema.Boolean}, "active", "active", "bool"},
		{schema.Field{Name: "id", Format: schema.UUID}, "id", "id", "uuid"},
		{field(t, "teams"), "team", "teams", "TEAM:RANK:LEAD"},
		{schema.Field{Name: "x", Placeholder: "ORG:ROLE"}, "x", "x", "ORG:ROLE"},
	}
	for _, test := range tests {
		f := test.field
		if f.FlagName() != test.flag || f.Label() != test.label || f.ValueName() != test.valueName {
			t.Errorf("%s: got %q, %q, %q", f.Name, f.FlagName(), f.Label(), f.ValueName())
		}
	}
}

func TestRecord(t *testing.T) {
	record := schema.Record{"a": "1", "b": "", "n": int64(0), "no": false, "list": []string{}, "objects": []schema.Record{}}
	for name, want := range map[string]bool{"a": false, "b": true, "n": false, "no": false, "list": true, "objects": true, "absent": true} {
		if got := record.IsEmpty(name); got != want {
			t.Errorf("IsEmpty(%s) = %v", name, got)
		}
	}
	if record.Text("a") != "1" || record.Text("n") != "" || record.Text("absent") != "" {
		t.Error("Text gives more than String fields")
	}
	merged := record.With(schema.Record{"a": "2", "c": "3"})
	if merged["a"] != "2" || merged["c"] != "3" || record["a"] != "1" || len(record) != 6 {
		t.Errorf("With: merged %v, and the record is %v", merged, record)
	}
}
