package evolution

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

// List follows get-users, which documents limit and offset and no filter.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	const op = "list the users"
	if _, err := provider.FilterQuery(op, nil, filter); err != nil {
		return func(yield func(provider.User, error) bool) { yield(provider.User{}, err) }
	}
	return c.users(ctx, op)
}

// users yields all users, for whatever they are read.
func (c *client) users(ctx context.Context, op string) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		for object, err := range c.pages(ctx, op, "/users", "identityName") {
			var user provider.User
			if err == nil {
				if user, err = provider.ReadUser(object, c.table, "identityName", "identityName"); err != nil {
					err = provider.Garbled(op, http.StatusOK, err)
				}
			}
			if !yield(user, err) || err != nil {
				return
			}
		}
	}
}

// ListRequests asks for one user and reads the total beside it.
func (c *client) ListRequests(ctx context.Context) (int, error) {
	const op = "count the users"
	page, err := c.page(ctx, op, "/users", 1, 0)
	if err != nil {
		return 0, err
	}
	if page.total < 0 {
		return 0, provider.Garbled(op, http.StatusOK, errors.New("no X-Total-Count in it"))
	}
	return 1 + (page.total+pageSize-1)/pageSize, nil
}

// Check reads the first entry of the list of users.
func (c *client) Check(ctx context.Context) error {
	_, err := c.page(ctx, "read the list of users", "/users", 1, 0)
	return err
}
