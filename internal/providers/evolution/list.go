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

// pageSize is how many entries to ask for at once. The documentation names a
// default of 20 and no largest number; a server that gives fewer is followed.
const pageSize = 100

// List follows get-users, which documents limit and offset and no filter.
func (c *client) List(ctx context.Context, _ map[string]string) iter.Seq2[provider.User, error] {
	const op = "list the users"
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

// page is one answer of a list.
type page struct {
	objects []json.RawMessage
	total   int // from X-Total-Count; -1 where the answer did not say
}

// pages yields the objects of a list, page by page. A page that begins with the
// object of an earlier one, by the member that tells objects apart, is an
// error: such a list need never end.
func (c *client) pages(ctx context.Context, op, path, key string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		began := map[string]bool{}
		for offset := 0; ; {
			page, err := c.page(ctx, op, path, pageSize, offset)
			if err == nil && len(page.objects) > 0 {
				err = beginsAnew(op, page.objects[0], key, began)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, object := range page.objects {
				if !yield(object, nil) {
					return
				}
			}
			offset += len(page.objects)
			if len(page.objects) == 0 || page.total >= 0 && offset >= page.total {
				return
			}
		}
	}
}

// beginsAnew notes the first object of a page, and fails where an earlier page
// began with it.
func beginsAnew(op string, first json.RawMessage, key string, began map[string]bool) error {
	members, err := provider.Members(first)
	if err != nil {
		return provider.Garbled(op, http.StatusOK, err)
	}
	name, _ := members[key].(string)
	if began[name] {
		return provider.Garbled(op, http.StatusOK, errors.New("a page came twice, so the list would never end"))
	}
	began[name] = true
	return nil
}

func (c *client) page(ctx context.Context, op, path string, limit, offset int) (page, error) {
	answer, err := c.transport.Do(ctx, provider.Request{
		Op: op, Method: http.MethodGet, Path: path,
		Query: url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}},
	})
	if err != nil {
		return page{}, err
	}
	read := page{total: -1}
	if err := json.Unmarshal(answer.Body, &read.objects); err != nil {
		return page{}, provider.Garbled(op, answer.Status, err)
	}
	if read.objects == nil {
		return page{}, provider.Garbled(op, answer.Status, errors.New("no list"))
	}
	if total, err := strconv.Atoi(answer.Header.Get("X-Total-Count")); err == nil {
		read.total = total
	}
	return read, nil
}
