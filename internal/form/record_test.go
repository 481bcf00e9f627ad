package form

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/schema"
)

func everyKind() schema.Table {
	return schema.Table{
		{Name: "email", Title: "Email", Format: schema.Email, Required: true, Help: "the address", Example: "ann@example.com"},
		{Name: "password", Secret: true, Example: "canary"},
		{Name: "id", Format: schema.UUID},
		{Name: "age", Kind: schema.Integer, Placeholder: "years"},
		{Name: "active", Kind: schema.Boolean},
		{Name: "roles", Kind: schema.Strings, Suggestions: []string{"member", "guest"}},
		{Name: "teams", Kind: schema.Objects, Parts: []schema.Field{{Name: "org", Required: true}, {Name: "role"}}},
	}
}

func TestQuestions(t *testing.T) {
	questions := Questions(everyKind(), schema.Record{
		"age": int64(41), "active": true, "roles": []string{"a", "b"}, "password": "canary",
		"teams": []schema.Record{{"org": "o1", "role": "r"}, {"org": "o2"}},
	})
	for i := range questions {
		if questions[i].Check == nil {
			t.Errorf("%s is not checked", questions[i].Name)
		}
		questions[i].Check = nil // functions do not compare
	}
	want := []Question{
		{Name: "email", Title: "Email", Help: "the address; for example ann@example.com", Required: true},
		{Name: "password", Title: "password", Value: "canary", Secret: true},
		{Name: "id", Title: "id", Placeholder: "uuid"},
		{Name: "age", Title: "age", Value: "41", Placeholder: "years"},
		{Name: "active", Title: "active", Value: "true", Options: []string{"true", "false"}},
		{
			Name: "roles", Title: "roles", Value: "a;b", Multi: true,
			Help: "several are separated by semicolons; for example member, guest", Suggestions: []string{"member", "guest"},
		},
		{
			Name: "teams", Title: "teams", Value: "o1:r;o2", Multi: true,
			Help: "each as ORG:ROLE; several are separated by semicolons", Placeholder: "ORG:ROLE",
		},
	}
	for i, question := range questions {
		if !reflect.DeepEqual(question, want[i]) {
			t.Errorf("question %+v, want %+v", question, want[i])
		}
	}
}

func TestRecord(t *testing.T) {
	known := schema.Record{
		"email": "ann@example.com", "password": "canary", "age": int64(41), "roles": []string{"a;b"},
		"active": true, "teams": []schema.Record{{"org": "o1"}}, "elsewhere": "stays",
	}
	changed := func(change func(schema.Record)) schema.Record {
		record := known.With(nil)
		change(record)
		return record
	}
	for name, test := range map[string]struct {
		known   schema.Record
		answers map[string]string
		want    schema.Record
	}{
		"nothing asked":      {known, nil, known},
		"empty stays absent": {nil, map[string]string{"id": "", "password": "", "age": "", "active": "", "roles": "", "teams": ""}, schema.Record{}},
		"empty stays empty":  {schema.Record{"password": ""}, map[string]string{"password": ""}, schema.Record{"password": ""}},
		"untouched stays":    {known, map[string]string{"roles": "a;b", "age": "41", "email": "ann@example.com"}, known},
		"cleared text":       {known, map[string]string{"password": ""}, changed(func(r schema.Record) { r["password"] = "" })},
		"cleared list":       {known, map[string]string{"roles": ""}, changed(func(r schema.Record) { r["roles"] = []string{} })},
		"cleared objects":    {known, map[string]string{"teams": ""}, changed(func(r schema.Record) { r["teams"] = []schema.Record{} })},
		"cleared number":     {known, map[string]string{"age": ""}, changed(func(r schema.Record) { delete(r, "age") })},
		"cleared truth":      {known, map[string]string{"active": ""}, changed(func(r schema.Record) { delete(r, "active") })},
		"answers of each kind": {nil, map[string]string{
			"email": "bob@example.com", "password": " p ", "id": "123e4567-e89b-12d3-a456-426614174000",
			"age": "7", "active": "false", "roles": "a; b", "teams": "o1:r;o2",
		}, schema.Record{
			"email": "bob@example.com", "password": " p ", "id": "123e4567-e89b-12d3-a456-426614174000",
			"age": int64(7), "active": false, "roles": []string{"a", "b"},
			"teams": []schema.Record{{"org": "o1", "role": "r"}, {"org": "o2"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			before := test.known.With(nil)
			got, err := Record(everyKind(), test.known, test.answers)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("record %v, %v, want %v", got, err, test.want)
			}
			if len(before) != len(test.known) {
				t.Error("what was known has changed")
			}
		})
	}
}

func TestRecordReportsFaults(t *testing.T) {
	_, err := Record(everyKind(), schema.Record{"email": "ann@example.com"}, map[string]string{
		"teams": ":r", "age": "old", "email": "", "id": "1", "password": "canary",
	})
	fieldErrs, _ := err.(schema.FieldErrors)
	var fields []string
	for _, fieldErr := range fieldErrs {
		fields = append(fields, fieldErr.Field)
	}
	if want := []string{"email", "id", "age", "teams"}; !slices.Equal(fields, want) {
		t.Errorf("faults at %v, want %v: %v", fields, want, err)
	}
	if _, err := Record(everyKind(), nil, map[string]string{"shoe": "44"}); err == nil {
		t.Error("an answer to a field that the table lacks is dropped in silence")
	}
}

// A form that accepts every answer gives a record, whatever was typed.
func FuzzCheckedAnswersMakeARecord(f *testing.F) {
	for _, seed := range []string{"", " ", ";", ":", "a:b;c", "ann@example.com", "41", "TRUE", "1:2:3", "\x00", "é;\uFEFF"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		table := everyKind()
		for _, question := range Questions(table, nil) {
			answer := question.parseAnswer(typed)
			checked := question.verify(answer)
			record, err := Record(table, nil, map[string]string{question.Name: answer})
			if (checked == nil) != (err == nil) {
				t.Errorf("%s: the form says %v, the record %v", question.Name, checked, err)
			}
			if err == nil && answer == "" && len(record) > 0 {
				t.Errorf("%s: an empty answer became %v", question.Name, record)
			}
		}
	})
}

func TestFaultsKeepSecrets(t *testing.T) {
	table := schema.Table{{Name: "token", Secret: true, Format: schema.UUID, Required: true}}
	question := Questions(table, nil)[0]
	err := question.verify("canary")
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("error %v", err)
	}
}

func TestBalance(t *testing.T) {
	for _, test := range []struct {
		fields int
		want   []int
	}{{1, []int{1}}, {6, []int{6}}, {7, []int{4, 3}}, {13, []int{5, 4, 4}}, {40, []int{6, 6, 6, 6, 6, 5, 5}}} {
		if got := balance(test.fields, 6); !slices.Equal(got, test.want) {
			t.Errorf("%d fields are spread as %v, want %v", test.fields, got, test.want)
		}
	}
}
