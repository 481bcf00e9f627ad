package schema_test

import (
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestEncode(t *testing.T) {
	tests := []struct {
		name   string
		record schema.Record
		want   string
	}{
		{"nothing", schema.Record{}, `{}`},
		{
			"the order is the table's",
			schema.Record{"roles": []string{"b", "a"}, "active": true, "age": int64(3), "email": "ann@example.com"},
			`{"email":"ann@example.com","age":3,"active":true,"roles":["b","a"]}`,
		},
		{"path fields are no part of the body", schema.Record{"tenant": int64(7), "age": int64(0)}, `{"age":0}`},
		{
			"members of one object stand together",
			schema.Record{"name.family": "B", "name.given": "A", "device": "d", "recovery": "r"},
			`{"name":{"given":"A","family":"B"},"extra":{"device":{"id":"d"}},"credentials":{"recovery":{"code":"r"}}}`,
		},
		{
			"empty is sent, absent is not",
			schema.Record{"email": "", "name.family": "", "age": int64(0), "active": false, "roles": []string{}, "teams": []schema.Record{}},
			`{"email":"","name":{"family":""},"age":0,"active":false,"roles":[],"teams":[]}`,
		},
		{"a nil list is an empty one", schema.Record{"roles": []string(nil), "teams": []schema.Record(nil)}, `{"roles":[],"teams":[]}`},
		{"HTML is nothing special", schema.Record{"email": `<a&b>'"\`}, `{"email":"<a&b>'\"\\"}`},
		{"control characters are escaped", schema.Record{"email": "a\tb\x00\x7f\u2028", "roles": []string{"\n"}}, `{"email":"a\tb\u0000` + "\x7f" + `\u2028","roles":["\n"]}`},
		{"what is no text becomes one", schema.Record{"email": "a\xff"}, "{\"email\":\"a\\ufffd\"}"},
		{"letters of all scripts stay", schema.Record{"name.given": "Zoë 李"}, `{"name":{"given":"Zoë 李"}}`},
		{
			"objects in the order of their parts",
			schema.Record{"teams": []schema.Record{{"lead": true, "team": "blue"}, {"rank": int64(1), "team": "<red>"}}},
			`{"teams":[{"team":"blue","lead":true},{"team":"<red>","rank":1}]}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := people().Encode(test.record)
			if err != nil || string(got) != test.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestEncodeRefusesWrongGoTypes(t *testing.T) {
	for name, value := range map[string]any{
		"email": int64(1), "age": 1, "active": "true", "roles": []any{"a"}, "teams": []map[string]any{},
		"password": []byte(canary), "name.given": nil,
	} {
		_, err := people().Encode(schema.Record{name: value})
		if err == nil {
			t.Errorf("%s: a value of type %T was encoded", name, value)
			continue
		}
		if !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := people().Encode(schema.Record{"teams": []schema.Record{{"rank": "first"}}})
	if err == nil || !strings.Contains(err.Error(), "teams") || !strings.Contains(err.Error(), "rank") {
		t.Errorf("the error names neither the field nor its part: %v", err)
	}
}
