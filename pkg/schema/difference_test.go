package schema_test

import (
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestDifferences(t *testing.T) {
	table := schema.Table{
		{Name: "email", Immutable: true}, {Name: "name"}, {Name: "age", Kind: schema.Integer}, {Name: "tags", Kind: schema.Strings},
		{Name: "seats", Kind: schema.Objects, Parts: []schema.Field{{Name: "org"}, {Name: "role"}}},
		{Name: "password", Secret: true, WriteOnly: true}, {Name: "roles", Kind: schema.Strings, WriteOnly: true},
		{Name: "tenant", In: schema.Path},
	}
	seats := func(pairs ...string) []schema.Record {
		var records []schema.Record
		for _, pair := range pairs {
			records = append(records, schema.Record{"org": pair[:1], "role": pair[1:]})
		}
		return records
	}
	have := schema.Record{
		"email": "a@example.com", "name": "Ann", "age": int64(7), "tags": []string{"x", "y"}, "seats": seats("ar", "bs"), "tenant": "1",
	}
	for _, test := range []struct {
		name string
		want schema.Record
		give []string
	}{
		{"nothing is wanted", schema.Record{}, nil},
		{"the same", have, nil},
		{"lists in another order", schema.Record{"tags": []string{"y", "x"}, "seats": seats("bs", "ar")}, nil},
		{"other values", schema.Record{"name": "Anna", "age": int64(8), "tags": []string{"x"}, "seats": seats("ar")}, []string{"name", "age", "tags", "seats"}},
		{"an immutable one", schema.Record{"email": "b@example.com"}, []string{"email"}},
		{"emptied", schema.Record{"name": "", "tags": []string{}}, []string{"name", "tags"}},
		{"what cannot be read back", schema.Record{"password": "p", "roles": []string{"admin"}, "tenant": "2"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var names []string
			for _, difference := range table.Differences(have, test.want) {
				names = append(names, difference.Field.Name)
			}
			if !slices.Equal(names, test.give) {
				t.Errorf("got %q, want %q", names, test.give)
			}
		})
	}
	if got := table.Differences(schema.Record{}, schema.Record{"name": "", "tags": []string{}, "seats": []schema.Record{}}); len(got) > 0 {
		t.Errorf("a missing value and an empty one differ: %v", got)
	}
	if got := table.Mutable().Names(); !slices.Equal(got, []string{"name", "age", "tags", "seats", "password", "roles"}) {
		t.Errorf("an update may change %q", got)
	}
}
