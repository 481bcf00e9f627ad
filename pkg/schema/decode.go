package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Decode reads a record from a document in the provider's documented shape. The document contains what encoding/json
// decodes with UseNumber (objects as map[string]any, lists as []any, string, json.Number, bool, nil), and [Text] if the
// type is left open. A null counts as absent. Every unknown name and wrong type is reported, with a pointer to its
// place; the values that were read are returned as well.
func (t Table) Decode(document map[string]any) (Record, FieldErrors) {
	record := Record{}
	fieldErrs := decoding{explain: true}.object(t, document, nil, record)
	return record, fieldErrs
}

// Read returns the documented fields of a document whose other properties do not
// matter, such as a provider's response. It reads as [Table.Decode] does.
func (t Table) Read(document map[string]any) Record {
	record := make(Record, len(document))
	for i := range t {
		value := t[i].valueIn(document)
		if value == nil {
			continue
		}
		if decoded, _ := (decoding{}).field(t[i], value, ""); decoded != nil {
			record[t[i].Name] = decoded
		}
	}
	return record
}

// decoding is how a document is decoded.
type decoding struct {
	// explain determines the errors: their order, their places and the names that may be meant. [Table.Read] drops them.
	explain bool
}

// object reads the properties of one object whose place is prefix.
func (d decoding) object(t Table, object map[string]any, prefix []string, into Record) FieldErrors {
	var fieldErrs FieldErrors
	keys := maps.Keys(object)
	if d.explain {
		keys = slices.Values(slices.Sorted(keys))
	}
	for key := range keys {
		value, place := object[key], append(slices.Clone(prefix), key)
		if value == nil {
			continue
		}
		pointer := ""
		if d.explain {
			pointer = Pointer(place)
		}
		if f, ok := t.at(place); ok {
			decoded, found := d.field(f, value, pointer)
			fieldErrs = append(fieldErrs, found...)
			if decoded != nil {
				into[f.Name] = decoded
			}
			continue
		}
		if len(prefix) == 0 && t.besides(key) {
			continue
		}
		if !t.below(place) {
			fieldErrs = append(fieldErrs, d.unknown(t, strings.Join(place, "."), pointer))
			continue
		}
		nested, ok := value.(map[string]any)
		if !ok {
			if t.Secrets().below(place) {
				value = nil // it may be the secret
			}
			fieldErrs = append(fieldErrs, wrongType(strings.Join(place, "."), pointer, "an object", value))
			continue
		}
		fieldErrs = append(fieldErrs, d.object(t, nested, place, into)...)
	}
	return fieldErrs
}

func (d decoding) unknown(t Table, name, pointer string) *FieldError {
	if d.explain {
		return t.unknown(name, pointer)
	}
	return &FieldError{Field: name, Pointer: pointer, Cause: Unknown}
}

// at finds the field whose place in the body is exactly this one.
func (t Table) at(place []string) (Field, bool) {
	for i := range t {
		f := &t[i]
		if below, ok := f.reaches(place); ok && !below {
			return *f, true
		}
	}
	return Field{}, false
}

// besides reports whether a property is one of Beside and not a field.
func (t Table) besides(member string) bool {
	return slices.ContainsFunc(t, func(f Field) bool { return slices.Contains(f.Beside, member) })
}

// below reports whether any field is inside the object at this path.
func (t Table) below(place []string) bool {
	for i := range t {
		if below, ok := t[i].reaches(place); ok && below {
			return true
		}
	}
	return false
}

func (d decoding) field(f Field, value any, pointer string) (any, FieldErrors) {
	if text, ok := value.(Text); ok {
		parsed, fieldErr := f.Parse(string(text))
		if fieldErr != nil {
			fieldErr.Pointer = pointer
		}
		return parsed, fieldErr.list()
	}
	switch f.Kind {
	case Strings, Objects:
		items, ok := value.([]any)
		if !ok {
			return nil, wrongType(f.Name, pointer, "a list", f.shown(value)).list()
		}
		return d.items(f, items, pointer)
	case Integer:
		if number, ok := value.(json.Number); ok {
			if whole, err := strconv.ParseInt(string(number), 10, 64); err == nil {
				return whole, nil
			}
		}
		return nil, wrongType(f.Name, pointer, "a whole number", f.shown(value)).list()
	case Boolean:
		if truth, ok := value.(bool); ok {
			return truth, nil
		}
		return nil, wrongType(f.Name, pointer, "true or false", f.shown(value)).list()
	default:
		text, ok := value.(string)
		if f.Format == JSON && !ok {
			return compact(value), nil
		}
		if ok {
			parsed, fieldErr := f.Parse(text)
			return parsed, fieldErr.list()
		}
		return nil, wrongType(f.Name, pointer, "a string", f.shown(value)).list()
	}
}

func (d decoding) items(f Field, items []any, pointer string) (any, FieldErrors) {
	var fieldErrs FieldErrors
	texts, objects := []string{}, []Record{}
	for i, item := range items {
		place := pointer + "/" + strconv.Itoa(i)
		switch item := item.(type) {
		case string:
			if f.Kind == Strings {
				texts = append(texts, item)
				continue
			}
		case Text:
			if f.Kind == Strings {
				texts = append(texts, string(item))
				continue
			}
			object, fieldErr := f.parseObject(string(item))
			if fieldErr != nil {
				fieldErr.Pointer = place
				fieldErrs = append(fieldErrs, fieldErr)
				continue
			}
			objects = append(objects, object)
			continue
		case map[string]any:
			if f.Kind == Objects {
				object := Record{}
				for _, fieldErr := range d.object(f.Parts, item, nil, object) {
					fieldErr.Pointer = place + fieldErr.Pointer
					fieldErr.Field = f.Name + "." + fieldErr.Field
					fieldErrs = append(fieldErrs, fieldErr)
				}
				objects = append(objects, object)
				continue
			}
		}
		want := "a string"
		if f.Kind == Objects {
			want = "an object"
		}
		fieldErrs = append(fieldErrs, wrongType(fmt.Sprintf("%s[%d]", f.Name, i), place, want, f.shown(item)))
	}
	if f.Kind == Objects {
		return objects, fieldErrs
	}
	return texts, fieldErrs
}

// shown returns the value for an error's text: nothing of a secret.
func (f Field) shown(value any) any {
	if f.hides() {
		return nil
	}
	return value
}

func wrongType(name, pointer, want string, value any) *FieldError {
	fieldErr := &FieldError{Field: name, Pointer: pointer, Cause: WrongType, Message: fmt.Sprintf("%s must be %s", name, want)}
	switch value := value.(type) {
	case nil:
	case string:
		fieldErr.Value = value
		fieldErr.Message += ", not the string " + quote(value)
	case json.Number:
		fieldErr.Value = string(value)
		fieldErr.Message += ", not the number " + Shorten(string(value), shortText)
	case bool:
		fieldErr.Value = strconv.FormatBool(value)
		fieldErr.Message += ", not " + fieldErr.Value
	case []any:
		fieldErr.Message += ", not a list"
	case map[string]any:
		fieldErr.Message += ", not an object"
	case Text:
		fieldErr.Value = string(value)
		fieldErr.Message += ", not " + quote(string(value))
	}
	return fieldErr
}

// Pointer returns a place in a document as a JSON Pointer (RFC 6901).
func Pointer(place []string) string {
	var b strings.Builder
	for _, key := range place {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1"))
	}
	return b.String()
}
