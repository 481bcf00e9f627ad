package evolution

import (
	"context"
	"encoding/json"
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

// users yields all users, for any operation.
func (c *client) users(ctx context.Context, op string) iter.Seq2[provider.User, error] {
	id := func(user provider.User) string { return user.ID }
	return pages(ctx, c, op, "/users", id, func(object json.RawMessage) (provider.User, error) {
		return provider.ReadUser(object, c.table, "identityName", "identityName")
	})
}

// ListRequests requests one user and reads the total next to it. An empty list costs no more than that.
func (c *client) ListRequests(ctx context.Context) (int, error) {
	const op = "count the users"
	page, err := c.page(ctx, op, "/users", 1, 0)
	if err != nil {
		return 0, err
	}
	if page.Total < 0 {
		return 0, provider.BadResponse(op, http.StatusOK, errors.New("X-Total-Count is missing"))
	}
	if page.Total == 0 {
		return 1, nil
	}
	return 1 + provider.OffsetRequests(page.Total, pageSize), nil
}

// Check reads the first entry of the list of users.
func (c *client) Check(ctx context.Context) error {
	_, err := c.page(ctx, "read the list of users", "/users", 1, 0)
	return err
}
