package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

// valid is a record without fault.
func valid() schema.Record {
	return schema.Record{"tenant": int64(1), "email": "ann@example.com"}
}

func TestValidate(t *testing.T) {
	const id = "123e4567-e89b-12d3-a456-426614174000"
	tests := []struct {
		name   string
		change schema.Record
		want   []string // messages
	}{
		{"as it is", nil, nil},
		{"everything", schema.Record{
			"password": "p", "name.given": "A", "device": id, "age": int64(1), "active": true, "roles": []string{"a", ""},
			"teams": []schema.Record{{"team": "blue"}},
		}, nil},
		{"optional and empty", schema.Record{"name.given": "", "device": "", "roles": []string{}}, nil},
		{"required and empty", schema.Record{"email": ""}, []string{"email is required"}},
		{"required and of no value", schema.Record{"email": nil}, []string{"email is required"}},
		{"zero is a value", schema.Record{"tenant": int64(0)}, nil},
		{"blank", schema.Record{"name.given": " \t\u00a0"}, []string{"name.given \" \\t\u00a0\" is blank"}},
		{"e-mail without a host", schema.Record{"email": "ann"}, []string{`email "ann" is not an email address`}},
		{"e-mail with a display name", schema.Record{"email": "Ann <ann@example.com>"}, []string{`email "Ann <ann@example.com>" is not an email address`}},
		{"two e-mails", schema.Record{"email": "a@example.com, b@example.com"}, []string{`email "a@example.com, b@example.com" is not an email address`}},
		{"e-mail in another script", schema.Record{"email": "jürgen@bücher.example"}, nil},
		{"uuid in capitals", schema.Record{"device": strings.ToUpper(id)}, nil},
		{"uuid in braces", schema.Record{"device": "{" + id + "}"}, []string{`device "{` + id + `}" is not a UUID`}},
		{"uuid without hyphens", schema.Record{"device": strings.ReplaceAll(id, "-", "")}, []string{`device "` + strings.ReplaceAll(id, "-", "") + `" is not a UUID`}},
		{"no uuid", schema.Record{"device": strings.Replace(id, "1", "g", 1)}, []string{`device "` + strings.Replace(id, "1", "g", 1) + `" is not a UUID`}},
		{"no UTF-8", schema.Record{"name.family": "M\xfcller"}, []string{`name.family "M\xfcller" is not valid UTF-8`}},
		{"parts", schema.Record{"teams": []schema.Record{{"team": "a"}, {"rank": int64(1)}, {"team": "b", "rnk": int64(2)}}},
			[]string{"teams[1].team is required", `teams[2]."rnk" is not a documented field`}},
		{"unknown names come last and sorted", schema.Record{"zoo": "", "emial": "", "bar": "", "email": ""},
			[]string{"email is required", `"bar" is not a documented field`, `"emial" is not a documented field`, `"zoo" is not a documented field`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, fieldErr := range people().Validate(valid().With(test.change)) {
				got = append(got, fieldErr.Message)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestValidateIsDeterministic(t *testing.T) {
	record := valid()
	for _, name := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		record["x"+name] = ""
	}
	first := people().Validate(record).Error()
	for range 20 {
		if again := people().Validate(record).Error(); again != first {
			t.Fatalf("two orders of the same faults:\n%s\n\n%s", first, again)
		}
	}
}

func TestTheVendorsExampleIsValid(t *testing.T) {
	f := schema.Field{Name: "email", Format: schema.Email, Example: "[not\u00a0shown]"}
	for _, copied := range []string{"[not\u00a0shown]", "[not shown]"} {
		if fieldErrs := f.Check(copied); len(fieldErrs) != 0 {
			t.Errorf("the example is refused: %v", fieldErrs)
		}
	}
	if fieldErrs := f.Check("[other]"); len(fieldErrs) != 1 {
		t.Errorf("got %v, want one fault", fieldErrs)
	}
}

func TestDateTimesAreThoseOfRFC3339(t *testing.T) {
	f := schema.Field{Name: "until", Format: schema.DateTime}
	for text, valid := range map[string]bool{
		"2030-01-31T00:00:00Z": true, "2030-01-31T00:00:00.5+01:00": true, "": true,
		"2030-01-31": false, "2030-02-31T00:00:00Z": false, "2030-01-31T00:00:00": false, "tomorrow": false,
	} {
		if fieldErrs := f.Check(text); (len(fieldErrs) == 0) != valid {
			t.Errorf("%q: %v", text, fieldErrs)
		}
	}
}

func TestValidateTellsNoSecret(t *testing.T) {
	table := schema.Table{
		{Name: "pin", Format: schema.UUID, Secret: true},
		{Name: "codes", Kind: schema.Strings, Format: schema.Email, Secret: true},
		{Name: "keys", Kind: schema.Objects, Parts: []schema.Field{{Name: "key", Format: schema.UUID, Secret: true}}},
	}
	fieldErrs := table.Validate(schema.Record{
		"pin": canary, "codes": []string{canary}, "keys": []schema.Record{{"key": canary}},
	})
	if len(fieldErrs) != 3 {
		t.Errorf("got %v, want three faults", fieldErrs)
	}
	if strings.Contains(wordings(fieldErrs), canary) {
		t.Errorf("the faults tell the secret: %v", fieldErrs)
	}
}
