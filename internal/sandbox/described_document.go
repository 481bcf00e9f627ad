package sandbox

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/internal/describe"
)

// remove removes the value at a path.
func remove(object map[string]any, path []string) {
	if inner, ok := object[path[0]].(map[string]any); ok && len(path) > 1 {
		remove(inner, path[1:])
		return
	}
	if len(path) == 1 {
		delete(object, path[0])
	}
}

// around returns a document with a value at a place.
func around(place describe.Pointer, value any) any {
	for _, step := range slices.Backward(place) {
		if step == "*" || step == "0" {
			value = []any{value}
			continue
		}
		value = map[string]any{step: value}
	}
	return value
}

// merged returns a document with the properties of both.
func merged(a, b any) any {
	first, ok := a.(map[string]any)
	second, also := b.(map[string]any)
	if !ok || !also {
		return b
	}
	for name, value := range second {
		if present, both := first[name]; both {
			value = merged(present, value)
		}
		first[name] = value
	}
	return first
}

// guess returns a text as the JSON value that it is the text of.
func guess(text string) any {
	if text == "true" || text == "false" {
		return text == "true"
	}
	if _, err := strconv.Atoi(text); err == nil {
		return json.Number(text)
	}
	return text
}

// shape writes a refusal as described.
func (a *describedAPI) shape(p *problem) answer {
	status := p.status
	var document any = map[string]any{"message": p.message}
	if len(a.d.Reasons) > 0 {
		document = around(a.d.Reasons[0], p.message)
	}
	switch {
	case status == http.StatusConflict && len(a.d.Conflicts) > 0:
		conflict := a.d.Conflicts[0]
		status = conflict.Status
		if conflict.Match != nil {
			document = merged(document, around(conflict.Match.At, guess(conflict.Match.Is[0])))
		}
		if status/100 == 2 {
			document = merged(document, around(a.d.Refused.At, guess(a.d.Refused.Is[0])))
		}
	case status == http.StatusNotFound && a.d.Absent != nil:
		text := p.message
		if len(a.d.Absent.Is) > 0 {
			text = a.d.Absent.Is[0]
		}
		document = merged(document, around(a.d.Absent.At, guess(text)))
	}
	return jsonAnswer(status, document)
}

// indexed returns a document whose lists on the way to a field are objects with the names 0, 1 and so on.
func (a *describedAPI) indexed(value any, below []string) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			value[name] = a.indexed(inner, append(slices.Clone(below), name))
		}
		return value
	case []any:
		for _, field := range a.table {
			path := field.WirePath()
			if len(path) > len(below) && slices.Equal(path[:len(below)], below) {
				object := map[string]any{}
				for i, item := range value {
					object[strconv.Itoa(i)] = a.indexed(item, append(slices.Clone(below), strconv.Itoa(i)))
				}
				return object
			}
		}
	}
	return value
}

// valueIn returns the value at a path of a document with lists.
func valueIn(document any, path []string) any {
	for _, step := range path {
		switch inner := document.(type) {
		case map[string]any:
			document = inner[step]
		case []any:
			index, err := strconv.Atoi(step)
			if err != nil || index < 0 || index >= len(inner) {
				return nil
			}
			document = inner[index]
		default:
			return nil
		}
	}
	return document
}

// prune removes the value at a path of a document with lists.
func prune(document any, path []string) {
	owner, ok := valueIn(document, path[:len(path)-1]).(map[string]any)
	if ok {
		delete(owner, path[len(path)-1])
		if len(owner) == 0 && len(path) > 1 {
			prune(document, path[:len(path)-1])
		}
	}
}

// setActive sets the described state of a user.
func (a *describedAPI) setActive(user map[string]any, active bool) {
	inactive := guess(a.d.State.Is[0])
	state := inactive
	if active {
		state = "active"
		if truth, isBool := inactive.(bool); isBool {
			state = !truth
		}
		if present := valueIn(user, a.d.State.At); present != nil && !reflect.DeepEqual(present, inactive) {
			return
		}
	}
	merged(user, around(a.d.State.At, state))
}

func (a *describedAPI) keyPlace() []string {
	field, _ := a.table.Field(a.d.Key.Field)
	return field.WirePath()
}
