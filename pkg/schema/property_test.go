package schema_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/pkg/schema"
)

// anyText draws texts of all scripts, with line breaks and quotation marks.
func anyText() *rapid.Generator[string] { return rapid.String() }

// cellText draws texts that can be an item of a list within one cell.
func cellText() *rapid.Generator[string] {
	trimmed := rapid.Map(rapid.String(), func(s string) string {
		return strings.TrimSpace(strings.NewReplacer(";", "", ":", "").Replace(s))
	})
	return trimmed.Filter(func(s string) bool { return s != "" })
}

// anyValue draws a value of the Go type that the field's kind names. Its texts come from the generator.
func anyValue(f schema.Field, text *rapid.Generator[string]) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch f.Kind {
		case schema.Integer:
			return rapid.Int64().Draw(t, f.Name)
		case schema.Boolean:
			return rapid.Bool().Draw(t, f.Name)
		case schema.Strings:
			return append([]string{}, rapid.SliceOfN(text, 0, 4).Draw(t, f.Name)...)
		case schema.Objects:
			objects := []schema.Record{}
			for range rapid.IntRange(0, 3).Draw(t, f.Name) {
				objects = append(objects, anyRecord(t, f.Parts, text))
			}
			return objects
		default:
			return text.Draw(t, f.Name)
		}
	})
}

// anyRecord draws a record with the required fields and some of the others.
func anyRecord(t *rapid.T, table schema.Table, text *rapid.Generator[string]) schema.Record {
	record := schema.Record{}
	for _, f := range table {
		if f.Required || rapid.Bool().Draw(t, "has "+f.Name) {
			record[f.Name] = anyValue(f, text).Draw(t, f.Name)
		}
	}
	return record
}

// body returns the fields of a record that the request's body carries.
func body(table schema.Table, record schema.Record) schema.Record {
	carried := schema.Record{}
	for _, f := range table {
		if value, ok := record[f.Name]; ok && f.In == schema.Body {
			carried[f.Name] = value
		}
	}
	return carried
}

func TestDecodeReadsWhatEncodeWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := anyRecord(t, people(), anyText())
		encoded, err := people().Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		decoded, fieldErrs := people().Decode(document(t, string(encoded)))
		if len(fieldErrs) > 0 {
			t.Fatalf("%s: %v", encoded, fieldErrs)
		}
		if want := body(people(), record); !reflect.DeepEqual(decoded, want) {
			t.Fatalf("%s\ngot  %#v\nwant %#v", encoded, decoded, want)
		}
		again, err := people().Encode(decoded)
		if err != nil || !bytes.Equal(again, encoded) {
			t.Fatalf("the same record gave other bytes:\n%s\n%s, %v", encoded, again, err)
		}
	})
}

func TestParseReadsWhatTextWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(people()).Draw(t, "field")
		text := cellText()
		if !f.Kind.IsList() {
			text = anyText()
		}
		value := anyValue(f, text).Draw(t, "value")
		parsed, fieldErr := f.Parse(f.Text(value))
		if fieldErr != nil || !reflect.DeepEqual(parsed, value) {
			t.Fatalf("%s: %#v is written %q and read %#v, %v", f.Name, value, f.Text(value), parsed, fieldErr)
		}
	})
}

func TestParseItemsReadsWhatTextsWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(people()).Draw(t, "field")
		text := anyText()
		if f.Kind == schema.Objects {
			text = cellText()
		}
		value := anyValue(f, text).Draw(t, "value")
		parsed, fieldErr := f.ParseItems(f.Texts(value))
		if fieldErr != nil || !reflect.DeepEqual(parsed, value) {
			t.Fatalf("%s: %#v is written %q and read %#v, %v", f.Name, value, f.Texts(value), parsed, fieldErr)
		}
	})
}
