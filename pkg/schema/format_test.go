package schema_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestFormatsAndBounds(t *testing.T) {
	tests := []struct {
		name       string
		field      schema.Field
		good, evil []string
	}{
		{"uri", schema.Field{Format: schema.URI}, []string{"https://example.com/a?b=c#d", "urn:isbn:0451450523", "mailto:a@example.com"},
			[]string{"example.com", "/path", "https://exa mple.com", "http://[::1", " https://example.com"}},
		{"date", schema.Field{Format: schema.Date}, []string{"2024-02-29", "0001-01-01"}, []string{"2023-02-29", "29.02.2024", "2024-2-9", "2024-02-29T00:00:00Z"}},
		{"date-time", schema.Field{Format: schema.DateTime}, []string{"2024-02-29T23:59:59Z", "2024-02-29T23:59:59.123+02:00"},
			[]string{"2024-02-29", "2024-02-29 23:59:59", "2024-02-29T23:59:59", "2024-02-29T25:00:00Z"}},
		{"length in characters", schema.Field{MinLength: 2, MaxLength: 3}, []string{"éé", "李李李"}, []string{"a", "😀", "abcd"}},
		{"pattern anywhere", schema.Field{Pattern: regexp.MustCompile("[0-9]$")}, []string{"a1"}, []string{"1a", "a"}},
		{"closed", schema.Field{Suggestions: []string{"active", "inactive"}, Closed: true}, []string{"active", "inactive"}, []string{"Active", "activ", " active"}},
		{"open", schema.Field{Suggestions: []string{"active"}}, []string{"active", "anything"}, nil},
		{"an example is valid", schema.Field{Closed: true, Example: "x"}, []string{"x"}, []string{"y"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.field.Name, test.field.Required = "f", true
			list := test.field
			list.Kind = schema.Strings
			for _, text := range test.good {
				if fieldErrs := test.field.Check(text); fieldErrs != nil {
					t.Errorf("%q: %v", text, fieldErrs)
				}
			}
			for _, text := range test.evil {
				if fieldErrs := test.field.Check(text); len(fieldErrs) != 1 || fieldErrs[0].Cause != schema.Malformed || fieldErrs[0].Hint == "" {
					t.Errorf("%q: got %v, want one fault with a hint", text, fieldErrs)
				}
			}
			if fieldErrs := list.Check(slices.Concat(test.good, test.evil)); len(fieldErrs) != len(test.evil) {
				t.Errorf("a list of them has %d faults, want %d: %v", len(fieldErrs), len(test.evil), fieldErrs)
			}
		})
	}
}

func TestClosedFieldsHint(t *testing.T) {
	field := schema.Field{Name: "state", Suggestions: []string{"active", "inactive"}, Closed: true}
	for text, want := range map[string]string{"actve": "did you mean active?", "gone": "one of active, inactive"} {
		if got := field.Check(text); len(got) != 1 || got[0].Hint != want {
			t.Errorf("%q: got %v, want the hint %q", text, got, want)
		}
	}
	if field.Check("") != nil {
		t.Error("an optional field takes no empty text")
	}
}

func TestPasswords(t *testing.T) {
	table := schema.Table{{Name: "email"}, {Name: "password", Secret: true}, {Name: "hash", Secret: true, Hash: true}}
	if got := table.Passwords().Names(); !slices.Equal(got, []string{"password"}) {
		t.Errorf("got %q", got)
	}
}
