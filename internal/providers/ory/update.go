package ory

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// operation is one step of a JSON Patch (RFC 6902).
type operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
}

// Update follows patchIdentity, and updateIdentity for a password, which no patch can change. Both must contain what is
// there already, so the identity is read first. An empty value removes the property: a schema that requires a format
// accepts no empty text.
func (c *client) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	const op = "update the user"
	wanted, err := provider.Encode(op, c.table.Mutable(), changes)
	if err != nil {
		return provider.User{}, err
	}
	user, err := c.about(ctx, provider.Request{Op: op, Method: http.MethodGet}, id)
	if err != nil {
		return provider.User{}, err
	}
	if changesPassword(changes) {
		return c.replace(ctx, op, user, wanted, changes)
	}
	have, err := provider.Properties(user.Attributes)
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	steps, err := c.steps(have, wanted, changes)
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	if len(steps) == 0 {
		return user, nil
	}
	return c.patch(ctx, op, id, steps)
}

// Deactivate follows patchIdentity: an inactive identity cannot log in.
func (c *client) Deactivate(ctx context.Context, id string) (provider.User, error) {
	return c.setState(ctx, "deactivate the user", id, "inactive")
}

// Activate follows patchIdentity as well.
func (c *client) Activate(ctx context.Context, id string) (provider.User, error) {
	return c.setState(ctx, "activate the user", id, "active")
}

func (c *client) setState(ctx context.Context, op, id, state string) (provider.User, error) {
	user, err := c.patch(ctx, op, id, []operation{{Op: "replace", Path: "/state", Value: json.RawMessage(strconv.Quote(state))}})
	if err == nil && user.Record(c.table).Text("state") != state {
		return provider.User{}, provider.BadResponse(op, http.StatusOK, errors.New("the user is not "+state))
	}
	return user, err
}

func (c *client) patch(ctx context.Context, op, id string, steps []operation) (provider.User, error) {
	body, err := json.Marshal(steps)
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	return c.about(ctx, provider.Request{Op: op, Method: http.MethodPatch, Body: body}, id)
}

// steps returns the patch that makes the changes, which are encoded, to the current identity, and makes them in it.
func (c *client) steps(have map[string]any, encoded []byte, changes schema.Record) ([]operation, error) {
	wanted, err := provider.Properties(encoded)
	if err != nil {
		return nil, err
	}
	var steps []operation
	for _, field := range c.table {
		if _, given := changes[field.Name]; !given {
			continue
		}
		place := field.WirePath()
		value, _ := at(wanted, place)
		if changes.IsEmpty(field.Name) && !field.Required {
			value = nil
		}
		more, err := set(have, place, value)
		if err != nil {
			return nil, err
		}
		steps = append(steps, more...)
	}
	return steps, nil
}

// set returns the steps that put a value at a place of a document, and puts it there. Missing objects on the way are
// added; nil removes the value.
func set(document map[string]any, place []string, value any) ([]operation, error) {
	var steps []operation
	for depth := range place[:len(place)-1] {
		inner, ok := document[place[depth]].(map[string]any)
		if !ok && value == nil {
			return nil, nil
		}
		if !ok {
			inner = map[string]any{}
			steps = append(steps, operation{Op: putting(document, place[depth]), Path: schema.Pointer(place[:depth+1]), Value: json.RawMessage("{}")})
			document[place[depth]] = inner
		}
		document = inner
	}
	name, path := place[len(place)-1], schema.Pointer(place)
	if value == nil {
		if document[name] == nil {
			return nil, nil
		}
		delete(document, name)
		return []operation{{Op: "remove", Path: path}}, nil
	}
	encoded, err := json.Marshal(value)
	steps = append(steps, operation{Op: putting(document, name), Path: path, Value: encoded})
	document[name] = value
	return slices.Clip(steps), err
}

// putting returns the step for a property: replace requires one that exists.
func putting(document map[string]any, name string) string {
	if document[name] != nil {
		return "replace"
	}
	return "add"
}

// at returns the value at a place of a document.
func at(document map[string]any, place []string) (any, bool) {
	for _, name := range place[:len(place)-1] {
		document, _ = document[name].(map[string]any) // a nil map has no property
	}
	value, ok := document[place[len(place)-1]]
	return value, ok
}
