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

// Create follows Create User: the body repeats the fields, and the header
// Content-Location is the identity name, which is also the id in every path. The
// header gives the provider's own spelling of it; where it names anything else,
// such as an address, the body's name is the id, as it is in lists.
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
	user, err := provider.ReadExpected(op, answer.Status, answer.Body, c.table, "identityName", "identityName", record.Text("identityName"))
	if err != nil {
		return provider.User{}, err
	}
	if location := answer.Header.Get("Content-Location"); schema.FoldKey(location) == schema.FoldKey(user.ID) {
		user.ID = location
	}
	return user, nil
}

// Find follows get-user-by-identity-name.
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	return c.read(ctx, "look the user up", key)
}

// read gives the user with this identity name.
func (c *client) read(ctx context.Context, op, identityName string) (provider.User, error) {
	path, err := userPath(op, identityName)
	if err != nil {
		return provider.User{}, err
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path})
	if err != nil {
		return provider.User{}, err
	}
	return provider.ReadExpected(op, answer.Status, answer.Body, c.table, "identityName", "identityName", identityName)
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
