package schema_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func TestParse(t *testing.T) {
	tests := []struct {
		field, text string
		want        any
	}{
		{"name.family", "", ""},
		{"name.family", "  O'Hara; née:Müller ", "  O'Hara; née:Müller "},
		{"age", "42", int64(42)},
		{"age", " -7\t", int64(-7)},
		{"age", "9223372036854775807", int64(9223372036854775807)},
		{"active", "true", true},
		{"active", " TRUE ", true},
		{"active", "Yes", true},
		{"active", "y", true},
		{"active", "1", true},
		{"active", "FALSE", false},
		{"active", "no", false},
		{"active", "N", false},
		{"active", "0", false},
		{"active", "ja", true},
		{"active", "FALSCH", false},
		{"active", " Oui ", true},
		{"active", "нет", false},
		{"active", "はい", true},
		{"active", "X", true},
		{"active", "off", false},
		{"active", "Enabled", true},
		{"active", "suspended", false},
		{"roles", "", []string{}},
		{"roles", "Admin", []string{"Admin"}},
		{"roles", " Admin ; ;User;", []string{"Admin", "User"}},
		{"teams", "", []schema.Record{}},
		{"teams", "blue", []schema.Record{{"team": "blue"}}},
		{"teams", "blue:3", []schema.Record{{"team": "blue", "rank": int64(3)}}},
		{"teams", "blue::yes", []schema.Record{{"team": "blue", "lead": true}}},
		{"teams", " blue : 3 : no ; red", []schema.Record{{"team": "blue", "rank": int64(3), "lead": false}, {"team": "red"}}},
		{"teams", ":3", []schema.Record{{"team": "", "rank": int64(3)}}},
	}
	for _, test := range tests {
		got, fieldErr := field(t, test.field).Parse(test.text)
		if fieldErr != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %q: got %#v, %v, want %#v", test.field, test.text, got, fieldErr, test.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		field, text string
		cause       schema.Cause
		message     string
	}{
		{"age", "", schema.WrongType, `age "" is not a whole number`},
		{"age", "4.5", schema.WrongType, `age "4.5" is not a whole number`},
		{"age", "9223372036854775808", schema.WrongType, `age "9223372036854775808" is not a whole number`},
		{"active", "maybe", schema.WrongType, `active "maybe" must be true or false`},
		{"active", "", schema.WrongType, `active "" must be true or false`},
		{"teams", "blue:1:yes:more", schema.Malformed, `teams "blue:1:yes:more" does not have the form TEAM:RANK:LEAD`},
		{"teams", "red:1:active", schema.WrongType, `lead "active" must be true or false`},
		{"teams", "red;blue:x", schema.WrongType, `rank "x" is not a whole number`},
		{"pins", "phone", schema.Malformed, `pins does not have the form DEVICE:PIN`},
		{"pins", "phone:" + canary + ":more", schema.Malformed, `pins does not have the form DEVICE:PIN`},
	}
	for _, test := range tests {
		got, fieldErr := field(t, test.field).Parse(test.text)
		if fieldErr == nil {
			t.Errorf("%s %q: got %#v, want a fault", test.field, test.text, got)
			continue
		}
		if got != nil || fieldErr.Cause != test.cause || fieldErr.Message != test.message || fieldErr.Field != test.field {
			t.Errorf("%s %q: got %#v and %#v", test.field, test.text, got, fieldErr)
		}
		if strings.Contains(wordings(schema.FieldErrors{fieldErr}), canary) {
			t.Errorf("%s: the fault tells the secret: %#v", test.field, fieldErr)
		}
	}
}

func TestParseItems(t *testing.T) {
	tests := []struct {
		field string
		items []string
		want  any
	}{
		{"roles", nil, []string{}},
		{"roles", []string{"a;b", " c "}, []string{"a;b", " c "}},
		{"teams", []string{"blue:1", "red"}, []schema.Record{{"team": "blue", "rank": int64(1)}, {"team": "red"}}},
		{"age", []string{"1", "2"}, int64(2)},
		{"name.family", nil, ""},
	}
	for _, test := range tests {
		got, fieldErr := field(t, test.field).ParseItems(test.items)
		if fieldErr != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s %q: got %#v, %v, want %#v", test.field, test.items, got, fieldErr, test.want)
		}
	}
	items := []string{"Admin"}
	got, _ := field(t, "roles").ParseItems(items)
	items[0] = "changed"
	if !reflect.DeepEqual(got, []string{"Admin"}) {
		t.Errorf("the value changed with the caller's list: %v", got)
	}
}

func TestFaultsShowNoControlCharactersAndNoLongTexts(t *testing.T) {
	_, fieldErr := field(t, "age").Parse("\x1b[31m\u202e" + strings.Repeat("9", 1_000_000))
	if fieldErr == nil {
		t.Fatal("no fault")
	}
	if len(fieldErr.Message) > 200 || strings.ContainsAny(fieldErr.Message, "\x1b\u202e") {
		t.Errorf("message of %d bytes: %.300q", len(fieldErr.Message), fieldErr.Message)
	}
	fieldErrs := decodeErrors(t, `{"age":`+strings.Repeat("9", 100_000)+`,"`+strings.Repeat("k", 100_000)+`":1}`)
	if len(fieldErrs) != 2 {
		t.Fatalf("got %d faults, want 2", len(fieldErrs))
	}
	for _, fieldErr := range fieldErrs {
		if len(fieldErr.Error()) > 300 {
			t.Errorf("an error of %d bytes: %.300q", len(fieldErr.Error()), fieldErr.Error())
		}
	}
}

func TestTexts(t *testing.T) {
	tests := []struct {
		field string
		value any
		text  string
		items []string
	}{
		{"name.family", "Müller", "Müller", []string{"Müller"}},
		{"age", int64(-3), "-3", []string{"-3"}},
		{"active", true, "true", []string{"true"}},
		{"roles", []string{"a", "b"}, "a;b", []string{"a", "b"}},
		{"roles", []string{}, "", []string{}},
		{"roles", nil, "", nil},
		{"teams", []schema.Record{{"team": "blue", "lead": true}, {"team": "red"}}, "blue::true;red", []string{"blue::true", "red"}},
	}
	for _, test := range tests {
		f := field(t, test.field)
		if got := f.Text(test.value); got != test.text {
			t.Errorf("%s: Text(%#v) = %q, want %q", test.field, test.value, got, test.text)
		}
		if got := f.Texts(test.value); !reflect.DeepEqual(got, test.items) {
			t.Errorf("%s: Texts(%#v) = %q, want %q", test.field, test.value, got, test.items)
		}
	}
}
