package schema_test

import (
	"reflect"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func addresses(scheme bool) schema.Field {
	return schema.Field{Name: "photos", Kind: schema.Objects, Parts: []schema.Field{
		{Name: "value", Required: true, Scheme: scheme}, {Name: "type"}, {Name: "primary", Kind: schema.Boolean},
	}}
}

// The colons of an address are its own, and its compact form is read back.
func TestCompactFormOfAddresses(t *testing.T) {
	for text, want := range map[string]schema.Record{
		"https://example.com/ada.png":                  {"value": "https://example.com/ada.png"},
		"https://example.com:8443/ada.png:photo:true":  {"value": "https://example.com:8443/ada.png", "type": "photo", "primary": true},
		"https://example.com:8443/p/:80/ada.png:photo": {"value": "https://example.com:8443/p/:80/ada.png", "type": "photo"},
		"tel:+1-201-555-0123":                          {"value": "tel:+1-201-555-0123"},
		"tel:+1-201-555-0123:work:no":                  {"value": "tel:+1-201-555-0123", "type": "work", "primary": false},
		"+1 201 555 0123:work":                         {"value": "+1 201 555 0123", "type": "work"},
		"201:work:true":                                {"value": "201", "type": "work", "primary": true},
		"ada":                                          {"value": "ada"},
	} {
		field := addresses(true)
		got, fieldErr := field.Parse(text)
		if fieldErr != nil || !reflect.DeepEqual(got, []schema.Record{want}) {
			t.Errorf("%q: got %v, %v, want %v", text, got, fieldErr, want)
			continue
		}
		if again, fieldErr := field.Parse(field.Text(got)); fieldErr != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q became %q, which is %v, %v", text, field.Text(got), again, fieldErr)
		}
	}
	if got, fieldErr := addresses(true).Parse("https://example.com/a:b.png:photo"); fieldErr == nil { // photo is no truth value
		t.Errorf("a colon after the last slash was read as %v", got)
	}
	got, fieldErr := addresses(false).Parse("someaimhandle:aim")
	if want := []schema.Record{{"value": "someaimhandle", "type": "aim"}}; fieldErr != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("without schemes: got %v, %v, want %v", got, fieldErr, want)
	}
}

// What an adapter writes of itself is read past, at the top alone.
func TestDecodeReadsPastWhatStandsBeside(t *testing.T) {
	table := schema.Table{{Name: "userName", Beside: []string{"schemas"}}, {Name: "name.given"}}
	record, fieldErrs := table.Decode(map[string]any{"schemas": []any{"urn:x"}, "userName": "ada", "name": map[string]any{"given": "Ada"}})
	if want := (schema.Record{"userName": "ada", "name.given": "Ada"}); fieldErrs != nil || !reflect.DeepEqual(record, want) {
		t.Errorf("got %v, %v, want %v", record, fieldErrs, want)
	}
	for _, document := range []map[string]any{{"Schemas": []any{}}, {"name": map[string]any{"schemas": "x"}}} {
		if _, fieldErrs := table.Decode(document); len(fieldErrs) != 1 {
			t.Errorf("%v: %v", document, fieldErrs)
		}
	}
}
