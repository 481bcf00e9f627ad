package evidence_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

func storing() provider.Adapter {
	return provider.Adapter{Key: "userName", Table: schema.Table{
		{Name: "userName"},
		{Name: "org", In: schema.Path, Kind: schema.Integer},
		{Name: "nick"},
		{Name: "name.family"},
		{Name: "mail", Format: schema.Email},
		{Name: "since", Format: schema.DateTime},
		{Name: "manager", Format: schema.UUID},
		{Name: "level", Kind: schema.Integer},
		{Name: "active", Kind: schema.Boolean},
		{Name: "tags", Kind: schema.Strings},
		{Name: "emails", Kind: schema.Objects, Parts: []schema.Field{{Name: "value"}, {Name: "type"}, {Name: "primary", Kind: schema.Boolean}}},
		{Name: "department", Wire: []string{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "department"}},
		{Name: "password", Secret: true},
		{Name: "roles", Kind: schema.Strings, WriteOnly: true},
	}}
}

// What was sent is compared with what the response has; the values of each line
// are sent with a userName that the response has.
func TestNotStored(t *testing.T) {
	emails := []schema.Record{{"value": "a@example.com", "type": "work", "primary": true}, {"value": "b@example.com", "primary": false}}
	for _, test := range []struct {
		name     string
		sent     schema.Record
		response string // members beside the userName
		created  []string
		changed  []string
	}{
		{"the same", schema.Record{"nick": "Ada"}, `"nick": "Ada"`, nil, nil},
		{"missing", schema.Record{"nick": "Ada"}, `"id": "1"`, []string{"nick"}, []string{"nick"}},
		{"null", schema.Record{"nick": "Ada"}, `"nick": null`, []string{"nick"}, []string{"nick"}},
		{"another text", schema.Record{"nick": "Ada"}, `"nick": "ada"`, []string{"nick"}, []string{"nick"}},
		{"cut short", schema.Record{"nick": "Ada Lovelace"}, `"nick": "Ada L"`, []string{"nick"}, []string{"nick"}},
		{"empty and none", schema.Record{"nick": "", "tags": []string{}, "emails": []schema.Record{}}, `"tags": null`, nil, nil},
		{"kept although emptied", schema.Record{"nick": ""}, `"nick": "Ada"`, []string{"nick"}, []string{"nick"}},
		{"a number for a text", schema.Record{"nick": "7"}, `"nick": 7`, nil, nil},
		{"another composition", schema.Record{"nick": "Ren\u00e9e"}, `"nick": "Rene\u0301e"`, nil, nil},
		{"nested", schema.Record{"name.family": "Lovelace"}, `"name": {"family": "Lovelace", "formatted": "Ada"}`, nil, nil},
		{"nested and missing", schema.Record{"name.family": "Lovelace"}, `"name": {"formatted": "Ada"}`, []string{"name.family"}, []string{"name.family"}},
		{"no object where one is nested", schema.Record{"name.family": "Lovelace"}, `"name": "Ada"`, []string{"name.family"}, []string{"name.family"}},
		{"names in another case", schema.Record{"name.family": "Lovelace"}, `"Name": {"FAMILY": "Lovelace"}`, nil, nil},
		{"an extension", schema.Record{"department": "Legal"}, `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Legal"}`, nil, nil},
		{"an extension, unchanged", schema.Record{"department": "Legal"}, `"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Sales"}`, []string{"department"}, []string{"department"}},
		{"the domain in lower case", schema.Record{"mail": "Ada@Example.COM"}, `"mail": "Ada@example.com"`, nil, nil},
		{"the whole email in lower case", schema.Record{"mail": "Ada@Example.COM"}, `"mail": "ada@example.com"`, []string{"mail"}, []string{"mail"}},
		{"another zone", schema.Record{"since": "2026-01-01T01:00:00+01:00"}, `"since": "2026-01-01T00:00:00Z"`, nil, nil},
		{"another time", schema.Record{"since": "2026-01-01T01:00:00+01:00"}, `"since": "2026-01-01T01:00:00Z"`, []string{"since"}, []string{"since"}},
		{"a uuid in capitals", schema.Record{"manager": "26118915-6090-4610-87e4-49d8ca9f808d"}, `"manager": "26118915-6090-4610-87E4-49D8CA9F808D"`, nil, nil},
		{"a number as a text", schema.Record{"level": int64(3)}, `"level": "3"`, nil, nil},
		{"another number", schema.Record{"level": int64(3)}, `"level": 0`, []string{"level"}, []string{"level"}},
		{"a boolean as a text", schema.Record{"active": true}, `"active": "True"`, nil, nil},
		{"another boolean", schema.Record{"active": false}, `"active": true`, []string{"active"}, []string{"active"}},
		{"a missing boolean", schema.Record{"active": false}, `"id": "1"`, []string{"active"}, []string{"active"}},
		{"a list in another order", schema.Record{"tags": []string{"a", "b"}}, `"tags": ["b", "a"]`, nil, nil},
		{"a list with more items", schema.Record{"tags": []string{"a"}}, `"tags": ["a", "default"]`, nil, []string{"tags"}},
		{"a list that lacks an item", schema.Record{"tags": []string{"a", "b"}}, `"tags": ["a"]`, []string{"tags"}, []string{"tags"}},
		{"no list", schema.Record{"tags": []string{"a"}}, `"tags": "a"`, []string{"tags"}, []string{"tags"}},
		{"objects", schema.Record{"emails": emails}, `"emails": [{"value": "b@example.com", "display": "B"}, {"value": "a@EXAMPLE.com", "type": "work", "primary": "true"}]`, nil, nil},
		{"an object with another part", schema.Record{"emails": emails}, `"emails": [{"value": "a@example.com", "type": "home", "primary": true}, {"value": "b@example.com"}]`, []string{"emails"}, []string{"emails"}},
		{"an object that is missing", schema.Record{"emails": emails}, `"emails": [{"value": "a@example.com", "type": "work", "primary": true}]`, []string{"emails"}, []string{"emails"}},
		{"what is never compared", schema.Record{"password": "secret", "roles": []string{"admin"}, "org": int64(7)}, `"id": "1"`, nil, nil},
		{"in the order of the table", schema.Record{"tags": []string{"a"}, "nick": "Ada"}, `"id": "1"`, []string{"nick", "tags"}, []string{"nick", "tags"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			user := provider.User{Attributes: json.RawMessage(`{"userName": "ada", ` + test.response + `}`)}
			if got := evidence.NamesOf(evidence.NotStored(storing(), test.sent, user)); !slices.Equal(got, test.created) {
				t.Errorf("not stored: %q, want %q", got, test.created)
			}
			if got := evidence.NamesOf(evidence.NotChanged(storing(), test.sent, user)); !slices.Equal(got, test.changed) {
				t.Errorf("not changed: %q, want %q", got, test.changed)
			}
		})
	}
}

// A response that does not describe the user shows nothing.
func TestNotStoredNeedsAUser(t *testing.T) {
	sent := schema.Record{"userName": "ada", "nick": "Ada"}
	for _, response := range []string{``, `{}`, `{"id": "1"}`, `[]`, `null`, `not JSON`, `{"userName": null}`} {
		if got := evidence.NotStored(storing(), sent, provider.User{ID: "1", Attributes: json.RawMessage(response)}); got != nil {
			t.Errorf("%s: %+v", response, got)
		}
	}
}

// The natural key's own form is no difference of a create; a rename that was not
// made is one of an update.
func TestNotStoredAndTheKey(t *testing.T) {
	for stored, renamed := range map[string]bool{"king": true, "KING": true, "lovelace": false} {
		user := provider.User{Attributes: json.RawMessage(`{"userName": "` + stored + `"}`)}
		record := schema.Record{"userName": "king"}
		if got := evidence.NotStored(storing(), record, user); got != nil {
			t.Errorf("%s: %+v", stored, got)
		}
		if got := evidence.NotChanged(storing(), record, user); (got == nil) != renamed {
			t.Errorf("%s: %+v", stored, got)
		}
	}
}

// A difference has the value that the provider has instead, in the field's own type.
func TestNotStoredHasBothValues(t *testing.T) {
	user := provider.User{Attributes: json.RawMessage(`{"userName": "ada", "level": 2}`)}
	got := evidence.NotStored(storing(), schema.Record{"level": int64(3), "nick": "Ada"}, user)
	if len(got) != 2 || got[0].Have != nil || got[0].Want != "Ada" || got[1].Have != int64(2) || got[1].Want != int64(3) {
		t.Errorf("got %+v", got)
	}
}
