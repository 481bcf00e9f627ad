package sulu

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

type client struct {
	transport provider.Transport
	table     schema.Table
}

// Create follows create-a-new-user: the answer is the user object.
func (c *client) Create(ctx context.Context, record schema.Record) (provider.User, error) {
	const op = "create the user"
	body, err := c.table.Encode(record)
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Unsent, Op: op, Err: err}
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodPost, Path: "/users", Body: body})
	if err != nil {
		return provider.User{}, err
	}
	user, err := provider.ReadUser(answer.Body, c.table, "id", "email")
	if err == nil {
		err = provider.SameKey(user, record.Text("email"))
	}
	if err != nil {
		return provider.User{}, provider.Garbled(op, answer.Status, err)
	}
	return user, nil
}

// Find follows list-users with the filter email.
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	const op = "look the user up"
	users, err := c.list(ctx, op, url.Values{"email": {key}})
	if err != nil {
		return provider.User{}, err
	}
	for _, user := range users {
		if provider.SameKey(user, key) == nil {
			return user, nil
		}
	}
	return provider.User{}, &provider.Error{Class: provider.NotFound, Op: op}
}

// Check reads the users with an address that nobody has: the shortest list
// that the documentation offers.
func (c *client) Check(ctx context.Context) error {
	_, err := c.list(ctx, "read the list of users", url.Values{"email": {"nobody@example.com"}})
	return err
}

// List follows list-users, which documents no paging: one answer holds all.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		query := url.Values{}
		for name, value := range filter {
			query.Set(name, value)
		}
		users, err := c.list(ctx, "list the users", query)
		for _, user := range users {
			if !yield(user, nil) {
				return
			}
		}
		if err != nil {
			yield(provider.User{}, err)
		}
	}
}

// ListRequests is always 1.
func (c *client) ListRequests(context.Context) (int, error) { return 1, nil }

func (c *client) list(ctx context.Context, op string, query url.Values) ([]provider.User, error) {
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/users", Query: query})
	if err != nil {
		return nil, err
	}
	var page struct {
		Users *[]json.RawMessage `json:"users"`
	}
	if err := json.Unmarshal(answer.Body, &page); err != nil {
		return nil, provider.Garbled(op, answer.Status, err)
	}
	if page.Users == nil {
		return nil, provider.Garbled(op, answer.Status, errors.New(`no "users" in it`))
	}
	users := make([]provider.User, len(*page.Users))
	for i, object := range *page.Users {
		if users[i], err = provider.ReadUser(object, c.table, "id", "email"); err != nil {
			return nil, provider.Garbled(op, answer.Status, err)
		}
	}
	return users, nil
}
