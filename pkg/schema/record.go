package schema

import (
	"maps"
	"strconv"
	"strings"
)

// Record is one user's values by documented field name, in the Go types of their [Kind]. A field that is not in the
// record is absent, which is not the same as empty: an absent field is not sent, an empty one is.
type Record map[string]any

// Text is a value whose type its source leaves open, such as a plain scalar of YAML. It is read by the kind of its
// field.
type Text string

// Text returns a field's value as a String field has it, or "" if it is absent or of another kind.
func (r Record) Text(name string) string {
	text, _ := r[name].(string)
	return text
}

// IsEmpty reports whether the field is absent, an empty text or an empty list.
func (r Record) IsEmpty(name string) bool {
	switch value := r[name].(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []string:
		return len(value) == 0
	case []Record:
		return len(value) == 0
	default:
		return false
	}
}

// Empty returns the empty value of this field, nil if its kind has none.
func (f Field) Empty() any {
	switch f.Kind {
	case String:
		return ""
	case Strings:
		return []string{}
	case Objects:
		return []Record{}
	default:
		return nil
	}
}

// With returns a copy of the record in which the other record's fields override its own.
func (r Record) With(other Record) Record {
	merged := make(Record, len(r)+len(other))
	maps.Copy(merged, r)
	maps.Copy(merged, other)
	return merged
}

// Text returns a value of this field as the text that [Field.Parse] reads back: lists are joined with semicolons, the
// properties of an object with colons.
func (f Field) Text(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case int64:
		return strconv.FormatInt(value, 10)
	case bool:
		return strconv.FormatBool(value)
	default:
		return strings.Join(f.Texts(value), ";")
	}
}

// Texts returns the items of a list as the texts that [Field.ParseItems]
// reads back, and any other value as one text.
func (f Field) Texts(value any) []string {
	switch value := value.(type) {
	case nil:
		return nil
	case []string:
		return value
	case []Record:
		items := make([]string, len(value))
		for i, object := range value {
			items[i] = f.formatObject(object)
		}
		return items
	default:
		return []string{f.Text(value)}
	}
}

func (f Field) formatObject(object Record) string {
	texts := make([]string, len(f.Parts))
	for i, part := range f.Parts {
		if value, ok := object[part.Name]; ok {
			texts[i] = part.Text(value)
		}
	}
	return strings.TrimRight(strings.Join(texts, ":"), ":")
}
