package ory

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

// pageSize is the documented default, which every version accepts.
const pageSize = 250

// List follows listIdentities, page by page. None of the documented filters narrows a list to a kind of users.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	const op = "list the users"
	return func(yield func(provider.User, error) bool) {
		if _, err := provider.FilterQuery(op, nil, filter); err != nil {
			yield(provider.User{}, err)
			return
		}
		c.users(ctx, op, url.Values{"page_size": {strconv.Itoa(pageSize)}})(yield)
	}
}

// ListRequests reads the first page. Ory returns no total: if another page follows, the list may take any number of
// requests.
func (c *client) ListRequests(ctx context.Context) (int, error) {
	page, err := c.page(ctx, "count the users", url.Values{"page_size": {strconv.Itoa(pageSize)}})
	if err != nil {
		return 0, err
	}
	if page.Next == "" {
		return 2, nil // this one, and the list's own
	}
	return provider.UnknownRequests, nil
}

// users yields the identities of all pages of a query. The link to the next page has its token, to which the query
// belongs.
func (c *client) users(ctx context.Context, op string, query url.Values) iter.Seq2[provider.User, error] {
	paging := provider.Paging[provider.User]{Op: op, Size: pageSize, Most: provider.MostRequests(ctx), ID: func(user provider.User) string { return user.ID }}
	return paging.ByCursor(func(cursor string) (provider.Page[provider.User], error) {
		asked := maps.Clone(query)
		if cursor != "" {
			asked.Set("page_token", cursor)
		}
		return c.page(ctx, op, asked)
	})
}

// page reads one response of a list.
func (c *client) page(ctx context.Context, op string, query url.Values) (provider.Page[provider.User], error) {
	read := provider.Page[provider.User]{Total: -1}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: identities, Query: query})
	if err != nil {
		return read, err
	}
	var objects []json.RawMessage
	err = provider.Unmarshal(answer.Body, &objects)
	if err == nil && objects == nil {
		err = errors.New("not a list")
	}
	if err == nil {
		read.Next, err = nextToken(answer.Header.Values("Link"))
	}
	for _, object := range objects {
		if err != nil {
			break
		}
		var user provider.User
		user, err = c.read(object)
		read.Members = append(read.Members, user)
	}
	if err != nil {
		return provider.Page[provider.User]{}, provider.BadResponse(op, answer.Status, err)
	}
	return read, nil
}
