package scim

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/bring-aboard/usher/pkg/provider"
)

// put reads the user, makes the changes in it and writes it whole (RFC 7644, 3.5.1). What another client changes in
// between is lost at a server without versions, which is why PATCH comes first.
func (c *client) put(ctx context.Context, op, id, path string, changes []change) (*provider.Response, error) {
	user, err := c.get(ctx, op, id)
	if err != nil {
		return nil, err
	}
	members, err := provider.Properties(user.Attributes)
	if err != nil {
		return nil, provider.BadResponse(op, http.StatusOK, err)
	}
	delete(members, "meta") // the server's own
	for _, change := range changes {
		place := change.field.WirePath()
		if change.value == nil {
			unset(members, place)
			continue
		}
		set(members, place, change.value)
	}
	members["schemas"] = schemasIn(members)
	body, err := marshal(members)
	if err != nil {
		return nil, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	if read, ok := provider.ReadBefore(ctx, id); ok {
		user = read // the change was decided on this version
	}
	request := c.conditional(ctx, provider.Request{Op: op, Method: http.MethodPut, Path: path, Body: body, Secrets: provider.SecretPlaces(c.table)}, user)
	answer, err := c.do(ctx, request)
	return answer, unlessChanged(request, err)
}

// schemasIn lists the URNs of the schemas that an object's properties belong to.
func schemasIn(members map[string]any) []string {
	schemas := []string{userURN}
	for name := range members {
		if isURN(name) {
			schemas = append(schemas, name)
		}
	}
	slices.Sort(schemas[1:])
	return schemas
}

// set sets a value, adding the objects on the way.
func set(object map[string]any, place []string, value json.RawMessage) {
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

// unset removes a value, and the objects that become empty with it.
func unset(object map[string]any, place []string) {
	if len(place) > 1 {
		inner, _ := object[place[0]].(map[string]any)
		unset(inner, place[1:])
		if len(inner) > 0 {
			return
		}
	}
	delete(object, place[0])
}
