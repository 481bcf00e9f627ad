package sandbox

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/describe"
	fields "github.com/bring-aboard/usher/pkg/schema"
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
	case status == http.StatusNotFound && a.d.Absent != nil:
		text := p.message
		if len(a.d.Absent.Is) > 0 {
			text = a.d.Absent.Is[0]
		}
		document = merged(document, around(a.d.Absent.At, guess(text)))
	}
	return jsonAnswer(status, document)
}

// record reads the fields of a body. What the description adds by itself is removed first.
func (a *describedAPI) record(r *request, isNew bool, also []string) (fields.Record, map[string]any, error) {
	if err := r.requireJSON("application/json"); err != nil {
		return nil, nil, err
	}
	tree, err := parseJSON(r.body)
	if err != nil {
		return nil, nil, refuse(http.StatusBadRequest, "the body is not valid JSON: %v", err)
	}
	body, isObject := tree.(map[string]any)
	if a.d.Envelope != "" && isObject {
		body, isObject = body[a.d.Envelope].(map[string]any)
	}
	if !isObject {
		return nil, nil, refuse(http.StatusBadRequest, "the body must be a JSON object")
	}
	for _, field := range a.d.Fields {
		sent := valueIn(body, field.WirePath())
		for _, place := range field.Copies {
			if !reflect.DeepEqual(valueIn(body, place), sent) {
				return nil, nil, refuse(http.StatusBadRequest, "%s must repeat %s", describe.Pointer(place), field.Name)
			}
			prune(body, place)
		}
		for _, constant := range field.With {
			prune(body, constant.Place)
		}
	}
	for _, constant := range a.d.Constants {
		prune(body, constant.Place)
	}
	extra := map[string]any{}
	for _, name := range also {
		if value, given := body[name]; given && !a.isField(name) {
			extra[name] = value
			delete(body, name)
		}
	}
	record, faults := a.table.Decode(a.indexed(body, nil).(map[string]any))
	if isNew {
		faults = append(faults, a.table.Validate(record)...)
	}
	if len(faults) > 0 {
		return nil, nil, refuse(http.StatusBadRequest, "%s", invalidFields(faults))
	}
	return record, extra, nil
}

// invalidFields lists fields, not values.
func invalidFields(faults fields.FieldErrors) string {
	var names []string
	for _, fault := range faults {
		if !slices.Contains(names, fault.Field) {
			names = append(names, fault.Field)
		}
	}
	return "invalid: " + strings.Join(names, ", ")
}

func (a *describedAPI) isField(name string) bool {
	return slices.ContainsFunc(a.table, func(field fields.Field) bool { return field.WirePath()[0] == name })
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

// fill sets the values of a record in a user's object, without those that are never returned.
func (a *describedAPI) fill(user map[string]any, record fields.Record) error {
	shown := fields.Record{}
	for name, value := range record {
		if field, _ := a.table.Field(name); !field.WriteOnly && !field.Secret {
			shown[name] = value
		}
	}
	encoded, err := a.table.Encode(shown)
	if err != nil {
		return err
	}
	values, err := parseJSON(encoded)
	if err == nil {
		merged(user, values)
	}
	return err
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
