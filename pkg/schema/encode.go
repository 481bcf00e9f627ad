package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Encode returns the body fields of a record as one compact JSON object, in the order of the table, and only those that
// the record contains. The same record returns the same bytes. It fails on a value whose Go type is not that of its
// field's [Kind].
func (t Table) Encode(r Record) ([]byte, error) {
	root := object{members: make([]member, 0, len(r))}
	values := make([]byte, 0, 32*len(r)) // of all properties, one after the other
	for i := range t {                   // without copying each field, because this runs for every user
		f := &t[i]
		value, ok := r[f.Name]
		if !ok || f.In != Body {
			continue
		}
		begin := len(values)
		var err error
		if values, err = f.AppendJSON(values, value); err != nil {
			return nil, err
		}
		root.put(f.WirePath(), values[begin:])
	}
	return root.append(make([]byte, 0, 2*len(values)+64)), nil
}

// AppendJSON appends a value of the field as compact JSON. It fails on a value whose Go type is not that of the field's
// [Kind].
func (f *Field) AppendJSON(b []byte, value any) ([]byte, error) {
	switch value := value.(type) {
	case string:
		if f.Kind == String && f.Format == JSON {
			return f.appendJSON(b, value)
		}
		if f.Kind == String {
			return appendText(b, value), nil
		}
	case int64:
		if f.Kind == Integer {
			return strconv.AppendInt(b, value, 10), nil
		}
	case bool:
		if f.Kind == Boolean {
			return strconv.AppendBool(b, value), nil
		}
	case []string:
		if f.Kind == Strings {
			return appendList(b, value, func(b []byte, item string) ([]byte, error) { return appendText(b, item), nil })
		}
	case []Record:
		if f.Kind == Objects {
			return appendList(b, value, f.appendObject)
		}
	}
	return nil, fmt.Errorf("field %s: a %s cannot have a value of type %T", f.Name, f.Kind, value)
}

// appendObject appends one item of an Objects field.
func (f *Field) appendObject(b []byte, item Record) ([]byte, error) {
	encoded, err := Table(f.Parts).Encode(item)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", f.Name, err)
	}
	return append(b, encoded...), nil
}

func appendList[T any](b []byte, items []T, appendItem func([]byte, T) ([]byte, error)) (_ []byte, err error) {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendItem(b, item); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendText appends a text as JSON without the escapes that only HTML needs.
func appendText(b []byte, text string) []byte {
	if isPlain(text) {
		b = append(b, '"')
		b = append(b, text...)
		return append(b, '"')
	}
	var escaped bytes.Buffer
	encoder := json.NewEncoder(&escaped)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always encodes
	return append(b, bytes.TrimSuffix(escaped.Bytes(), []byte("\n"))...)
}

// isPlain reports whether a text needs no escapes in JSON.
func isPlain(text string) bool {
	for i := range len(text) {
		if char := text[i]; char < ' ' || char > '~' || char == '"' || char == '\\' {
			return false
		}
	}
	return true
}

// object is a JSON object that keeps the order of its properties.
type object struct {
	members []member
}

type member struct {
	key   string
	value []byte
	inner *object
}

// put places an encoded value, adding the objects on the way to it.
func (o *object) put(path []string, value []byte) {
	if len(path) == 1 {
		o.members = append(o.members, member{key: path[0], value: value})
		return
	}
	i := slices.IndexFunc(o.members, func(m member) bool { return m.key == path[0] && m.inner != nil })
	if i < 0 {
		o.members = append(o.members, member{key: path[0], inner: &object{}})
		i = len(o.members) - 1
	}
	o.members[i].inner.put(path[1:], value)
}

func (o *object) append(b []byte) []byte {
	b = append(b, '{')
	for i, m := range o.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, m.key), ':')
		if m.inner != nil {
			b = m.inner.append(b)
		} else {
			b = append(b, m.value...)
		}
	}
	return append(b, '}')
}
