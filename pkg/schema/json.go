package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// canonical returns a JSON text in compact form with sorted names; ok is false for any other text.
func canonical(text string) (_ string, ok bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return "", false
	}
	if _, err := decoder.Token(); err != io.EOF {
		return "", false
	}
	return compact(value), true
}

// compact returns a decoded JSON value as text.
func compact(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(typed(value)) // a decoded value always encodes
	return strings.TrimSuffix(text.String(), "\n")
}

// typed returns a decoded value in which each [Text] is the number, the boolean or the string that JSON has for it.
func typed(value any) any {
	switch value := value.(type) {
	case map[string]any:
		all := make(map[string]any, len(value))
		for name, inner := range value {
			all[name] = typed(inner)
		}
		return all
	case []any:
		all := make([]any, len(value))
		for i, inner := range value {
			all[i] = typed(inner)
		}
		return all
	case Text:
		if json.Valid([]byte(value)) {
			return json.RawMessage(value)
		}
		return string(value)
	default:
		return value
	}
}

// appendJSON appends the value of a JSON field; an empty one is null.
func (f *Field) appendJSON(b []byte, text string) ([]byte, error) {
	if text == "" {
		return append(b, "null"...), nil
	}
	value, ok := canonical(text)
	if !ok {
		return nil, fmt.Errorf("field %s: not JSON", f.Name)
	}
	return append(b, value...), nil
}
