package sulu

import (
	"context"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

type client struct {
	transport provider.Transport
	table     schema.Table
}

// Create follows create-a-new-user: the response is the user object.
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
	return provider.ReadCreated(op, answer, provider.CreateShape{
		Status: http.StatusCreated, Location: provider.IDInLocation,
		Read: func(body []byte) (provider.User, error) { return provider.ReadPart(body, c.table, "id", "email") },
	})
}

// Find follows list-users with the filter email.
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	const op = "look up the user"
	search := provider.NewSearch(key)
	for user, err := range c.list(ctx, op, url.Values{"email": {key}}) {
		if provider.IsIncomplete(err) {
			return search.Unproved(op, err)
		}
		if err != nil {
			return provider.User{}, err
		}
		search.Add(user)
	}
	return search.Exact(op)
}

// Check reads the users with an address that no user has: the shortest list that the documentation offers.
func (c *client) Check(ctx context.Context) error {
	for _, err := range c.list(ctx, "read the list of users", url.Values{"email": {"nobody@example.com"}}) {
		if !provider.IsIncomplete(err) {
			return err
		}
	}
	return nil
}
