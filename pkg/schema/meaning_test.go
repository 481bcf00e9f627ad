package schema_test

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestPersonName(t *testing.T) {
	table := schema.Table{
		{Name: "given", Means: schema.GivenName}, {Name: "family", Means: schema.FamilyName},
		{Name: "formatted", Means: schema.FullName}, {Name: "display", Means: schema.FullName},
		{Name: "emails", Kind: schema.Objects, Means: schema.EmailAddress, Parts: []schema.Field{{Name: "value"}, {Name: "primary", Kind: schema.Boolean}}},
		{Name: "secret", Means: schema.FullName, WriteOnly: true},
	}
	for _, test := range []struct {
		record      schema.Record
		name, email string
	}{
		{schema.Record{}, "", ""},
		{schema.Record{"given": "Ada", "family": "Lovelace"}, "Ada Lovelace", ""},
		{schema.Record{"family": "Lovelace"}, "Lovelace", ""},
		{schema.Record{"given": "Ada", "formatted": "", "display": "Countess"}, "Countess", ""},
		{schema.Record{"formatted": "Ada, Countess", "display": "Countess"}, "Ada, Countess", ""},
		{schema.Record{"emails": []schema.Record{{"value": "a@example.com"}, {"value": "b@example.com", "primary": true}}}, "", "b@example.com"},
		{schema.Record{"emails": []schema.Record{{"value": "a@example.com"}, {"value": "b@example.com"}}}, "", "a@example.com"},
		{schema.Record{"emails": []schema.Record{}}, "", ""},
	} {
		if name, email := table.PersonName(test.record), table.PersonEmail(test.record); name != test.name || email != test.email {
			t.Errorf("%v: got %q and %q, want %q and %q", test.record, name, email, test.name, test.email)
		}
	}
	if got := table.Meaning(schema.FullName).Names(); !slices.Equal(got, []string{"formatted", "display"}) {
		t.Errorf("got %q", got)
	}
}

func TestMeaningOf(t *testing.T) {
	for name, want := range map[string]schema.Meaning{
		"name.first": schema.GivenName, "given_name": schema.GivenName, "lastName": schema.FamilyName, "name.family": schema.FamilyName,
		"displayName": schema.FullName, "name": schema.FullName, "E-Mail": schema.EmailAddress, "recovery_email": schema.AnyMeaning, "id": schema.AnyMeaning,
	} {
		if got := schema.MeaningOf(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
