package schema_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func decodeErrors(t testing.TB, text string) schema.FieldErrors {
	t.Helper()
	_, fieldErrs := people().Decode(document(t, text))
	return fieldErrs
}

func TestDecode(t *testing.T) {
	record, fieldErrs := people().Decode(document(t, `{
		"tenant": 12, "email": "ann@example.com", "password": "p",
		"name": {"given": "Ann", "family": ""},
		"extra": {"device": {"id": "x"}},
		"age": -1, "active": false,
		"roles": [],
		"teams": [{"team": "blue", "rank": 2}, {"team": "red", "lead": true}],
		"credentials": {"recovery": {"code": "c"}}
	}`))
	if len(fieldErrs) > 0 {
		t.Fatal(fieldErrs)
	}
	want := schema.Record{
		"tenant": int64(12), "email": "ann@example.com", "password": "p",
		"name.given": "Ann", "name.family": "", "device": "x", "age": int64(-1), "active": false,
		"roles":    []string{},
		"teams":    []schema.Record{{"team": "blue", "rank": int64(2)}, {"team": "red", "lead": true}},
		"recovery": "c",
	}
	if !reflect.DeepEqual(record, want) {
		t.Errorf("got  %#v\nwant %#v", record, want)
	}
}

func TestDecodeTakesNullAsAbsent(t *testing.T) {
	record, fieldErrs := people().Decode(document(t, `{"email": null, "name": null, "roles": null, "age": null, "unheard": null}`))
	if len(record) != 0 || len(fieldErrs) != 0 {
		t.Errorf("got %v and %v, want nothing", record, fieldErrs)
	}
}

func TestDecodeReadsTextByTheFieldsKind(t *testing.T) {
	record, fieldErrs := people().Decode(map[string]any{
		"tenant": schema.Text("0012"), "email": schema.Text("ann@example.com"), "active": schema.Text("yes"),
		"name":  map[string]any{"family": schema.Text("00123")},
		"roles": []any{schema.Text("a;b"), "c"},
		"teams": []any{schema.Text("blue:1"), map[string]any{"team": schema.Text("7"), "rank": schema.Text("8")}},
		"pins":  schema.Text("phone:0000;tablet:1111"),
	})
	if len(fieldErrs) > 0 {
		t.Fatal(fieldErrs)
	}
	want := schema.Record{
		"tenant": int64(12), "email": "ann@example.com", "active": true, "name.family": "00123",
		"roles": []string{"a;b", "c"},
		"teams": []schema.Record{{"team": "blue", "rank": int64(1)}, {"team": "7", "rank": int64(8)}},
		"pins":  []schema.Record{{"device": "phone", "pin": "0000"}, {"device": "tablet", "pin": "1111"}},
	}
	if !reflect.DeepEqual(record, want) {
		t.Errorf("got  %#v\nwant %#v", record, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name, document         string
		cause                  schema.Cause
		field, pointer         string
		message, value, hinted string
	}{
		{"number for a string", `{"email": 5}`, schema.WrongType, "email", "/email", "email must be a string, not the number 5", "5", ""},
		{"bool for a string", `{"email": true}`, schema.WrongType, "email", "/email", "email must be a string, not true", "true", ""},
		{"list for a string", `{"email": ["a"]}`, schema.WrongType, "email", "/email", "email must be a string, not a list", "", ""},
		{"object for a string", `{"email": {}}`, schema.WrongType, "email", "/email", "email must be a string, not an object", "", ""},
		{"string for a number", `{"age": "5"}`, schema.WrongType, "age", "/age", `age must be a whole number, not the string "5"`, "5", ""},
		{"fraction for a number", `{"age": 5.5}`, schema.WrongType, "age", "/age", "age must be a whole number, not the number 5.5", "5.5", ""},
		{"too large a number", `{"age": 9223372036854775808}`, schema.WrongType, "age", "/age", "age must be a whole number, not the number 9223372036854775808", "9223372036854775808", ""},
		{"string for a bool", `{"active": "true"}`, schema.WrongType, "active", "/active", `active must be true or false, not the string "true"`, "true", ""},
		{"string for a list", `{"roles": "Admin"}`, schema.WrongType, "roles", "/roles", `roles must be a list, not the string "Admin"`, "Admin", ""},
		{"number in a list", `{"roles": ["Admin", 5]}`, schema.WrongType, "roles[1]", "/roles/1", "roles[1] must be a string, not the number 5", "5", ""},
		{"null in a list", `{"roles": [null]}`, schema.WrongType, "roles[0]", "/roles/0", "roles[0] must be a string", "", ""},
		{"string in a list of objects", `{"teams": ["blue"]}`, schema.WrongType, "teams[0]", "/teams/0", `teams[0] must be an object, not the string "blue"`, "blue", ""},
		{"wrong type in a part", `{"teams": [{"team": 1}]}`, schema.WrongType, "teams.team", "/teams/0/team", "team must be a string, not the number 1", "1", ""},
		{"unknown part", `{"teams": [{"team": "x"}, {"tean": "y"}]}`, schema.Unknown, "teams.tean", "/teams/1/tean", `"tean" is not a documented field`, "", "did you mean team?"},
		{"string for a nested object", `{"name": "Ann"}`, schema.WrongType, "name", "/name", `name must be an object, not the string "Ann"`, "Ann", ""},
		{"unknown name", `{"e_mial": "x"}`, schema.Unknown, "e_mial", "/e_mial", `"e_mial" is not a documented field`, "", "did you mean email?"},
		{"unknown name far from all", `{"zzzzzz": "x"}`, schema.Unknown, "zzzzzz", "/zzzzzz", `"zzzzzz" is not a documented field`, "", ""},
		{"unknown nested name", `{"name": {"givn": "x"}}`, schema.Unknown, "name.givn", "/name/givn", `"name.givn" is not a documented field`, "", "did you mean name.given?"},
		{"a name that a pointer escapes", `{"a/b~c": 1}`, schema.Unknown, "a/b~c", "/a~1b~0c", `"a/b~c" is not a documented field`, "", ""},
		{"another case", `{"Email": "x"}`, schema.Unknown, "Email", "/Email", `"Email" is not a documented field`, "", "did you mean email?"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fieldErrs := decodeErrors(t, test.document)
			if len(fieldErrs) != 1 {
				t.Fatalf("got %v, want one fault", fieldErrs)
			}
			want := schema.FieldError{Field: test.field, Pointer: test.pointer, Cause: test.cause, Value: test.value, Message: test.message, Hint: test.hinted}
			if *fieldErrs[0] != want {
				t.Errorf("got  %#v\nwant %#v", *fieldErrs[0], want)
			}
		})
	}
}

func TestDecodeReportsEveryFaultAndKeepsWhatItRead(t *testing.T) {
	record, fieldErrs := people().Decode(document(t, `{"age": "x", "email": "ann@example.com", "nme": 1, "roles": ["a", 1, "b"]}`))
	var fields []string
	for _, fieldErr := range fieldErrs {
		fields = append(fields, fieldErr.Field)
	}
	if want := []string{"age", "nme", "roles[1]"}; !slices.Equal(fields, want) {
		t.Errorf("faults of %q, want %q", fields, want)
	}
	if want := (schema.Record{"email": "ann@example.com", "roles": []string{"a", "b"}}); !reflect.DeepEqual(record, want) {
		t.Errorf("got %#v, want %#v", record, want)
	}
}

func TestDecodeFaultsTellNoSecret(t *testing.T) {
	for _, text := range []string{
		`{"password": ["` + canary + `"]}`,
		`{"password": {"value": "` + canary + `"}}`,
		`{"pins": "` + canary + `"}`,
		`{"pins": ["` + canary + `"]}`,
		`{"pins": [{"device": "phone", "pin": {"x": "` + canary + `"}}]}`,
		`{"credentials": "` + canary + `"}`,
		`{"credentials": {"recovery": "` + canary + `"}}`,
		`{"credentials": {"recovery": {"code": ["` + canary + `"]}}}`,
	} {
		fieldErrs := decodeErrors(t, text)
		if len(fieldErrs) == 0 {
			t.Errorf("%s: no fault", text)
		}
		if strings.Contains(wordings(fieldErrs), canary) {
			t.Errorf("%s: the faults tell the secret: %v", text, fieldErrs)
		}
	}
	fieldErrs := decodeErrors(t, `{"password": 5551234}`)
	if len(fieldErrs) != 1 || strings.Contains(wordings(fieldErrs), "5551234") {
		t.Errorf("a number in place of a password: %v", fieldErrs)
	}
}

func TestFaults(t *testing.T) {
	if err := (schema.FieldErrors(nil)).Err(); err != nil {
		t.Errorf("no fault is no error, got %v", err)
	}
	fieldErrs := schema.FieldErrors{{Message: "one is wrong", Hint: "mend it"}, {Message: "two is wrong"}}
	if got, want := fieldErrs.Err().Error(), "one is wrong (mend it)\ntwo is wrong"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
