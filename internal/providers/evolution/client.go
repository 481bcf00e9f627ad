package evolution

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

type client struct {
	transport provider.Transport
	table     schema.Table
}

// Create follows Create User: the body repeats the fields as they were sent, and the
// header Content-Location is the identity name, which is also the id in every path.
func (c *client) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	body, err := provider.Encode(op, c.table, record)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodPost, Path: "/users", Body: body})
	if err != nil {
		return provider.User{}, err
	}
	user, err := provider.ReadCreated(op, answer, provider.CreateShape{
		Status: http.StatusCreated, Location: provider.IDInLocation,
		Read: func(body []byte) (provider.User, error) {
			return provider.ReadPart(body, c.table, "identityName", "identityName")
		},
	})
	if err != nil {
		return provider.User{}, err
	}
	if location := answer.Header.Get("Content-Location"); isIdentityName(location, user.Key) {
		user.ID = location
	}
	user.Key = user.ID // they are the same
	return user, nil
}

// isIdentityName reports whether a Content-Location header is the identity name of a user, whose name in the body may
// be empty. A name other than the body's, or an address, is not used.
func isIdentityName(location, name string) bool {
	if name != "" {
		return provider.SameKey(provider.User{Key: location}, name) == nil
	}
	return location != "" && location != "undefined" && !strings.Contains(location, "/")
}

// Find follows get-user-by-identity-name.
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	return c.read(ctx, "look up the user", key)
}

// read returns the user with this identity name.
func (c *client) read(ctx context.Context, op, identityName string) (provider.User, error) {
	path, err := userPath(op, identityName)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path, Absence: isNotFound})
	if err != nil {
		return provider.User{}, err
	}
	user, err := provider.ReadUser(answer.Body, c.table, "identityName", "identityName")
	if err != nil {
		return provider.User{}, provider.BadResponse(op, answer.Status, err)
	}
	search := provider.NewSearch(identityName)
	search.Add(user)
	return search.Exact(op)
}

// isNotFound reports whether a body is the documented one of a 404:
// {"code":0,"message":"","description":""}.
func isNotFound(body []byte) bool {
	var refusal struct {
		Code        *int    `json:"code"`
		Message     *string `json:"message"`
		Description *string `json:"description"`
	}
	return json.Unmarshal(body, &refusal) == nil && refusal.Code != nil && refusal.Message != nil && refusal.Description != nil
}

// reason reads the two documented error bodies: violations of single fields,
// or a message with a description.
func reason(body []byte) string {
	var refusal struct {
		Title       string `json:"title"`
		Message     string `json:"message"`
		Description string `json:"description"`
		Violations  []struct {
			Field   string `json:"field"`
			Message string `json:"message"`
		} `json:"violations"`
	}
	if json.Unmarshal(body, &refusal) != nil {
		return ""
	}
	var parts []string
	for _, text := range []string{refusal.Title, refusal.Message, refusal.Description} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	for _, violation := range refusal.Violations {
		parts = append(parts, strings.TrimSpace(violation.Field+" "+violation.Message))
	}
	return strings.Join(parts, "; ")
}
