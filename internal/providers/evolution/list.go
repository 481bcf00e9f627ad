package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

// pageSize is how many users to ask for at once. The documentation names a
// default of 20 and no largest number; a server that gives fewer is followed.
const pageSize = 100

// page is one answer of get-users.
type page struct {
	users []provider.User
	total int // from X-Total-Count; -1 where the answer did not say
}

// List follows get-users, which documents limit and offset and no filter. It
// ends with an error where the pages repeat.
func (c *client) List(ctx context.Context, _ map[string]string) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		first := ""
		for offset := 0; ; {
			page, err := c.page(ctx, pageSize, offset)
			if err == nil && len(page.users) > 0 && page.users[0].Key == first {
				err = provider.Garbled("list the users", http.StatusOK, errors.New("the same page came twice"))
			}
			if err != nil {
				yield(provider.User{}, err)
				return
			}
			for _, user := range page.users {
				if !yield(user, nil) {
					return
				}
			}
			offset += len(page.users)
			if len(page.users) == 0 || page.total >= 0 && offset >= page.total {
				return
			}
			first = page.users[0].Key
		}
	}
}

// ListRequests asks for one user and reads the total beside it.
func (c *client) ListRequests(ctx context.Context) (int, error) {
	page, err := c.page(ctx, 1, 0)
	if err != nil {
		return 0, err
	}
	if page.total < 0 {
		return 0, provider.Garbled("count the users", http.StatusOK, errors.New("no X-Total-Count in it"))
	}
	return 1 + (page.total+pageSize-1)/pageSize, nil
}

// Check reads the first entry of the list of users.
func (c *client) Check(ctx context.Context) error {
	_, err := c.page(ctx, 1, 0)
	return err
}

func (c *client) page(ctx context.Context, limit, offset int) (page, error) {
	const op = "list the users"
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodGet, Path: "/users",
		Query: url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}},
	})
	if err != nil {
		return page{}, err
	}
	var objects []json.RawMessage
	if err := json.Unmarshal(answer.Body, &objects); err != nil {
		return page{}, provider.Garbled(op, answer.Status, err)
	}
	if objects == nil {
		return page{}, provider.Garbled(op, answer.Status, errors.New("no list"))
	}
	read := page{total: -1}
	if total, err := strconv.Atoi(answer.Header.Get("X-Total-Count")); err == nil {
		read.total = total
	}
	for _, object := range objects {
		user, err := provider.ReadUser(object, c.table, "identityName", "identityName")
		if err != nil {
			return page{}, provider.Garbled(op, answer.Status, err)
		}
		read.users = append(read.users, user)
	}
	return read, nil
}
