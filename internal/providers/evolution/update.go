package evolution

import (
	"context"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Get follows get-user-by-identity-name: the identity name is the id.
func (c *client) Get(ctx context.Context, id string) (provider.User, error) {
	return c.read(ctx, "read the user", id)
}

// Update follows patch-users, which accepts any of the create's fields. A new identity name is also the user's new id,
// by which alone the user can be read from then on: the UUID in the responses is in no documented path.
func (c *client) Update(ctx context.Context, id string, changes schema.Record) (provider.User, error) {
	const op = "update the user"
	path, err := userPath(op, id)
	if err != nil {
		return provider.User{}, err
	}
	body, err := provider.Encode(op, c.table.Mutable(), changes)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodPatch, Path: path, Body: body})
	if err != nil {
		return provider.User{}, err
	}
	want := id
	if renamed, ok := changes["identityName"].(string); ok {
		want = renamed
	}
	return provider.ReadExpected(op, answer.Status, answer.Body, c.table, "identityName", "identityName", want)
}

// userPath returns the path of the user with this identity name.
func userPath(op, identityName string) (string, error) {
	segment, err := provider.PathSegment(op, identityName)
	return "/users/" + segment, err
}
