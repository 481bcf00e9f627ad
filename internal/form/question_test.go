package form

import (
	"errors"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// A form names what it shows: titles, and entries counted from 1.
func TestCheckNamesTheTitles(t *testing.T) {
	table := schema.Table{
		{Name: "mail", Title: "Email address", Format: schema.Email},
		{Name: "organizations", Title: "Organizations", Kind: schema.Objects, Parts: []schema.Field{
			{Name: "organizationId", Title: "Organization", Required: true}, {Name: "roleId", Title: "Role", Format: schema.UUID, Required: true},
		}},
		{Name: "plain", Kind: schema.Integer},
	}
	validate := func(table schema.Table, record schema.Record) (schema.Record, schema.FieldErrors, error) {
		return record, table.Validate(record), nil
	}
	const role = "0a1b2c3d-0000-4000-8000-000000000001"
	for _, test := range []struct{ field, answer, want string }{
		{"mail", "ann", `Email address "ann" is not an email address (for example name@example.com)`},
		{"organizations", "acme", `Organizations "acme" does not have the form ORGANIZATION-ID:ROLE-ID`},
		{"organizations", "acme:admin", `Role "admin" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)`},
		{"organizations", "acme:" + role + ";acme:admin;:" + role, "entry 2: Role \"admin\" is not a UUID (for example 123e4567-e89b-12d3-a456-426614174000)\nentry 3: Organization is required"},
		{"organizations", "acme:" + role, ""},
		{"plain", "x", `plain "x" is not a whole number`},
	} {
		field, _ := table.Field(test.field)
		got := ""
		if err := Check(field, test.answer, validate); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s %q: got\n%s\nwant\n%s", test.field, test.answer, got, test.want)
		}
	}
	down := errors.New("down")
	if err := Check(table[0], "x", func(schema.Table, schema.Record) (schema.Record, schema.FieldErrors, error) { return nil, nil, down }); !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
}
