package providertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// parse decodes a JSON document, numbers kept as they are written.
func parse(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	return document, nil
}

// format encodes a document that parse has made.
func format(document any) []byte {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err) // it contains nothing but what JSON can hold
	}
	return text
}

// normal returns a value of a record as parse returns it.
func normal(value any) any {
	document, err := parse(format(value))
	if err != nil {
		panic(err) // it was made the line before
	}
	return document
}

// edit copies a document. Each property of an object passes the function first, which returns its new value, or reports
// that it is to be removed.
func edit(document any, change func(name string, value any) (changed any, keep bool)) any {
	switch document := document.(type) {
	case map[string]any:
		members := map[string]any{}
		for name, value := range document {
			if changed, keep := change(name, value); keep {
				members[name] = edit(changed, change)
			}
		}
		return members
	case []any:
		items := make([]any, len(document))
		for i, item := range document {
			items[i] = edit(item, change)
		}
		return items
	default:
		return document
	}
}

// isScalar reports whether a value is this text, or the number with these digits.
func isScalar(value any, text string) bool {
	switch value := value.(type) {
	case string:
		return value == text
	case json.Number:
		return value.String() == text
	default:
		return false
	}
}

// take removes the value at a path, and the objects that become empty with it. A list on the way to an item becomes an
// object with the names 0, 1 and so on.
func take(object map[string]any, place []string) (any, bool) {
	value, ok := object[place[0]]
	if !ok || len(place) == 1 {
		delete(object, place[0])
		return value, ok
	}
	if items, isList := value.([]any); isList && strings.Trim(place[1], "0123456789") == "" {
		value = map[string]any{}
		for i, item := range items {
			value.(map[string]any)[strconv.Itoa(i)] = item
		}
		object[place[0]] = value
	}
	inner, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	value, ok = take(inner, place[1:])
	if ok && len(inner) == 0 {
		delete(object, place[0])
	}
	return value, ok
}

// valueAt returns the value at a place, nil if there is none.
func valueAt(object map[string]any, place []string) any {
	for _, name := range place[:len(place)-1] {
		object, _ = object[name].(map[string]any) // a nil map has no member
	}
	return object[place[len(place)-1]]
}

// put sets the value at a path, adding the objects on the way.
func put(object map[string]any, place []string, value any) {
	for _, name := range place[:len(place)-1] {
		inner, ok := object[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[name] = inner
		}
		object = inner
	}
	object[place[len(place)-1]] = value
}

// merge returns the second document with the items of the first one's lists before its own: the response of a server
// that returns more than was requested.
func merge(first, second any) any {
	switch second := second.(type) {
	case []any:
		if first, ok := first.([]any); ok {
			return slices.Concat(first, second)
		}
	case map[string]any:
		if first, ok := first.(map[string]any); ok {
			merged := map[string]any{}
			for name, value := range second {
				merged[name] = merge(first[name], value)
			}
			return merged
		}
	}
	return second
}

// wireValue returns the body's expected value for a field, as parse returns it.
func wireValue(field schema.Field, value any) any {
	if text, ok := value.(string); ok && field.Format == schema.JSON {
		return normal(json.RawMessage(text))
	}
	objects, ok := value.([]schema.Record)
	if !ok {
		return normal(value)
	}
	items := []any{}
	for _, object := range objects {
		members := map[string]any{}
		for _, part := range field.Parts {
			if inner, ok := object[part.Name]; ok {
				put(members, part.WirePath(), wireValue(part, inner))
			}
		}
		items = append(items, members)
	}
	return items
}
