package schema_test

import (
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// A JSON field has one text, and is the value itself in documents.
func TestJSONField(t *testing.T) {
	field := schema.Field{Name: "metadata.public", Format: schema.JSON}
	table := schema.Table{field}
	for text, want := range map[string]string{
		` { "b": 1.50, "a": ["<x>", null] } `: `{"a":["<x>",null],"b":1.50}`,
		`"text"`:                              `"text"`,
		`12345678901234567890`:                `12345678901234567890`,
		`true`:                                `true`,
	} {
		parsed, fieldErr := field.Parse(text)
		if fieldErr != nil || parsed != want || len(field.Check(parsed)) > 0 {
			t.Errorf("%s: parsed %v, %v", text, parsed, fieldErr)
			continue
		}
		encoded, err := table.Encode(schema.Record{field.Name: parsed})
		if err != nil || string(encoded) != `{"metadata":{"public":`+want+`}}` {
			t.Errorf("%s: encoded %s, %v", text, encoded, err)
		}
	}
	for _, text := range []string{"{", "{} {}", "a", "{'a':1}", "[1,]"} {
		parsed, _ := field.Parse(text)
		if len(field.Check(parsed)) == 0 {
			t.Errorf("%s is accepted", text)
		}
	}
	record, fieldErrs := table.Decode(map[string]any{"metadata": map[string]any{"public": map[string]any{"b": true, "a": "x"}}})
	if len(fieldErrs) > 0 || record[field.Name] != `{"a":"x","b":true}` {
		t.Errorf("decoded %v, %v", record, fieldErrs)
	}
	// What usher wrote as text is read as the value.
	record, fieldErrs = table.Decode(map[string]any{"metadata": map[string]any{"public": `{"b":true,"a":"x"}`}})
	if len(fieldErrs) > 0 || record[field.Name] != `{"a":"x","b":true}` {
		t.Errorf("decoded %v, %v", record, fieldErrs)
	}
	// The type of a plain scalar of YAML is open.
	record, fieldErrs = table.Decode(map[string]any{"metadata": map[string]any{"public": map[string]any{"b": schema.Text("true"), "a": []any{schema.Text("7"), schema.Text("x")}}}})
	if len(fieldErrs) > 0 || record[field.Name] != `{"a":[7,"x"],"b":true}` {
		t.Errorf("decoded %v, %v", record, fieldErrs)
	}
	if encoded, err := table.Encode(schema.Record{field.Name: ""}); err != nil || string(encoded) != `{"metadata":{"public":null}}` {
		t.Errorf("an empty value is %s, %v", encoded, err)
	}
}
