package describe

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Value is a JSON value whose texts are templates, with its properties in the order of the description. The zero Value
// is null.
type Value struct {
	kind    valueKind
	text    Template        // of a text
	raw     json.RawMessage // of a number or a truth value
	members []member
	items   []Value
}

type valueKind int

const (
	kindNull valueKind = iota
	kindText
	kindRaw
	kindObject
	kindList
)

type member struct {
	name  string
	value Value
}

// IsNull reports whether the value is null, which is also an absent one.
func (v Value) IsNull() bool { return v.kind == kindNull }

// isScalar reports whether the value is a text, a number or a truth value.
func (v Value) isScalar() bool { return v.kind == kindText || v.kind == kindRaw }

// IsObject reports whether the value is an object.
func (v Value) IsObject() bool { return v.kind == kindObject }

// Member returns the value of a property of an object.
func (v Value) Member(name string) (Value, bool) {
	for _, m := range v.members {
		if m.name == name {
			return m.value, true
		}
	}
	return Value{}, false
}

// Names returns the names of the properties of an object, in order.
func (v Value) Names() []string {
	names := make([]string, len(v.members))
	for i, m := range v.members {
		names[i] = m.name
	}
	return names
}

// names returns the names of the values in its templates.
func (v Value) names() []string {
	var names []string
	if v.kind == kindText {
		names = v.text.Names()
	}
	for _, m := range v.members {
		names = append(names, m.value.names()...)
	}
	for _, item := range v.items {
		names = append(names, item.names()...)
	}
	return names
}

// Match returns the text that a decoded document has where the value has the template of this name alone; ok is false for
// none.
func (v Value) Match(name string, document any) (text string, ok bool) {
	switch got := document.(type) {
	case string:
		if slices.Contains(v.text.Names(), name) {
			return v.text.Match(got)
		}
	case map[string]any:
		for _, m := range v.members {
			if text, ok = m.value.Match(name, got[m.name]); ok {
				return text, true
			}
		}
	case []any:
		for i := range min(len(got), len(v.items)) {
			if text, ok = v.items[i].Match(name, got[i]); ok {
				return text, true
			}
		}
	}
	return "", false
}

// JSON returns the value in compact form, with the values of its templates. It fails on one that cannot be escaped.
func (v Value) JSON(value func(name string) string) (json.RawMessage, error) {
	return v.appendTo(nil, value)
}

// Literal is JSON for a value without templates.
func (v Value) Literal() json.RawMessage {
	text, _ := v.appendTo(nil, func(string) string { return "" }) // only filters fail
	return text
}

func (v Value) appendTo(b []byte, value func(name string) string) ([]byte, error) {
	var err error
	switch v.kind {
	case kindText:
		text := v.text.String()
		if !v.text.IsLiteral() {
			if text, err = v.text.Expand(value); err != nil {
				return nil, err
			}
		}
		return appendText(b, text), nil
	case kindRaw:
		return append(b, v.raw...), nil
	case kindObject:
		b = append(b, '{')
		for i, m := range v.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, m.name), ':')
			if b, err = m.value.appendTo(b, value); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case kindList:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = item.appendTo(b, value); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	default:
		return append(b, "null"...), nil
	}
}

// appendText appends a text as JSON without the escapes that only HTML needs.
func appendText(b []byte, text string) []byte {
	var escaped bytes.Buffer
	encoder := json.NewEncoder(&escaped)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always encodes
	return append(b, bytes.TrimSuffix(escaped.Bytes(), []byte("\n"))...)
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
