package sulu

import (
	"context"
	"net/http"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Get follows get-user-by-id.
func (c *client) Get(ctx context.Context, id string) (provider.User, error) {
	const op = "read the user"
	path, err := userPath(op, id)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path, Absence: undocumented})
	if err != nil {
		return provider.User{}, err
	}
	return c.readWithID(op, answer, id)
}

// undocumented is the check of a 404: the page documents no body of one.
func undocumented([]byte) bool { return false }

// Update follows update-user, which accepts firstName, lastName, phone and address. Whether an address is merged into
// the current one or replaces it is not documented, so a change of one line reads the user first and sends the whole
// new address.
func (c *client) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	const op = "update the user"
	path, err := userPath(op, id)
	if err != nil {
		return provider.User{}, err
	}
	if touchesAddress(changes) {
		user, err := c.Get(ctx, id)
		if err != nil {
			return provider.User{}, err
		}
		changes = address(user.Record(c.table)).With(changes)
	}
	body, err := provider.Encode(op, c.table.Mutable(), changes)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodPatch, Path: path, Body: body})
	if err != nil {
		return provider.User{}, err
	}
	return c.readWithID(op, answer, id)
}

// readWithID reads the user object of a response about the user with this id.
func (c *client) readWithID(op string, answer *provider.Response, id string) (provider.User, error) {
	user, err := provider.ReadUser(answer.Body, c.table, "id", "email")
	if err == nil {
		err = provider.SameID(user, id)
	}
	if err != nil {
		return provider.User{}, provider.BadResponse(op, answer.Status, err)
	}
	return user, nil
}

const addressPrefix = "address."

func touchesAddress(record schema.Record) bool { return len(address(record)) > 0 }

// address returns only the fields of the address.
func address(record schema.Record) schema.Record {
	part := schema.Record{}
	for name, value := range record {
		if strings.HasPrefix(name, addressPrefix) {
			part[name] = value
		}
	}
	return part
}

// userPath returns the path of the user with this id.
func userPath(op, id string) (string, error) {
	segment, err := provider.PathSegment(op, id)
	return "/users/" + segment, err
}
