package roster

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/pkg/schema"
)

// everyKind is a table with a field of each kind.
func everyKind() schema.Table {
	return schema.Table{
		{Name: "email", Required: true, Identifier: true, Format: schema.Email},
		{Name: "name.given"}, {Name: "name.family"}, {Name: "note"}, {Name: "postalCode"},
		{Name: "level", Kind: schema.Integer}, {Name: "active", Kind: schema.Boolean},
		{Name: "tags", Kind: schema.Strings},
		{Name: "emails", Kind: schema.Objects, Parts: schema.Table{{Name: "value", Required: true}, {Name: "type"}, {Name: "primary", Kind: schema.Boolean}}},
		{Name: "grants", Kind: schema.Objects, Parts: schema.Table{{Name: "org", Required: true}, {Name: "role", Required: true}}},
	}
}

// drawText draws a text of what spreadsheets, formats and shells take for something else.
func drawText(t *rapid.T, label string) string {
	pieces := rapid.SliceOfN(rapid.SampledFrom([]string{
		"=", "+", "-", "@", "'", "\"", ";", ",", ":", "\t", "\n", "\\", "#", "0", "1", "007", "1.5", "1E+10", "a", "Ada", "é", "e\u0301", "Ł", "王", "👩‍🚀", "＝", " ", "{", "}", "[", "]",
		"- ", "|", "true", "null", "~", "&", "<", ">", "_x000D_", "]]>", "%", "$", "=\"1\"", "2030-01-31", "'t Hart", "::", "##[",
	}), 1, 6).Draw(t, label)
	var text string
	for _, piece := range pieces {
		text += piece
	}
	return text
}

// drawRecord draws a record that a file can have: its texts are clean, and no list is empty.
func drawRecord(t *rapid.T, number int) schema.Record {
	record := schema.Record{"email": fmt.Sprintf("u%d@example.com", number)}
	add := func(name string, value any) {
		f, _ := everyKind().Field(name)
		if rapid.Bool().Draw(t, name) && FitsCell(f, value) {
			record[name] = value
		}
	}
	for _, name := range []string{"name.given", "name.family", "note", "postalCode"} {
		add(name, drawText(t, name+" text"))
	}
	add("level", rapid.Int64().Draw(t, "integer"))
	add("active", rapid.Bool().Draw(t, "truth"))
	add("tags", []string{drawText(t, "tag"), drawText(t, "other tag")})
	add("emails", []schema.Record{{"value": drawText(t, "value"), "type": "work", "primary": true}, {"value": drawText(t, "other value")}})
	add("grants", []schema.Record{{"org": drawText(t, "org"), "role": drawText(t, "role")}})
	return record
}

// What is written is read as it was, in every format.
func TestEveryFormatIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var want []schema.Record
		for i := range rapid.IntRange(1, 4).Draw(rt, "rows") {
			want = append(want, drawRecord(rt, i))
		}
		for _, format := range Formats() {
			var b bytes.Buffer
			w, err := NewWriter(&b, format, everyKind())
			for _, record := range want {
				if err == nil {
					err = w.Write(record)
				}
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				rt.Fatalf("%s: %v", format, err)
			}
			roster, err := Open(t.Context(), Stream("people."+string(format), bytes.NewReader(b.Bytes())), Options{Table: everyKind()})
			if err != nil {
				rt.Fatalf("%s: %v\n%q", format, err, b.String())
			}
			var got []schema.Record
			for row, err := range roster.Rows(t.Context()) {
				if err != nil || len(row.Errors) > 0 {
					rt.Fatalf("%s: %v %v\n%q", format, err, row.Errors, b.String())
				}
				got = append(got, row.Record)
			}
			if err := roster.Close(); err != nil {
				rt.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				rt.Fatalf("%s: read %q, wrote %q\n%q", format, got, want, b.String())
			}
		}
	})
}

func TestUnfitValuesAreRefusedByTables(t *testing.T) {
	record := schema.Record{"email": "ada@example.com", "tags": []string{"a;b"}}
	for _, format := range Formats() {
		w, err := NewWriter(&bytes.Buffer{}, format, everyKind())
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(record)
		unfit, isUnfit := errors.AsType[*UnfitError](err)
		if format.IsTable() != isUnfit {
			t.Errorf("%s: %v", format, err)
		}
		if isUnfit && (unfit.Row != 1 || unfit.Field != "tags") {
			t.Errorf("%s: %+v", format, unfit)
		}
	}
}
