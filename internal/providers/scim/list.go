package scim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	// filterParameter is the query parameter that narrows a list.
	filterParameter = "filter"
	// pageSize is the number of users in one request. A server that returns fewer, or more, is followed.
	pageSize = 100
)

// List follows RFC 7644, 3.4.2. The filter is one expression.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	const op = "list the users"
	query := url.Values{}
	for name, value := range filter {
		if name != filterParameter {
			return failed[provider.User](&provider.Error{Class: provider.Invalid, Op: op, Err: fmt.Errorf("unknown filter %q; the only filter is an expression", name)})
		}
		query.Set(name, value)
	}
	return c.users(ctx, op, query)
}

// failed yields nothing but an error.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}

// ListRequests reads the first page: the number of users that a server returns at once is known only from its response.
func (c *client) ListRequests(ctx context.Context) (int, error) {
	const op = "count the users"
	first, err := c.page(ctx, op, pageQuery(url.Values{}, 1))
	switch {
	case err != nil:
		return 0, err
	case first.Total < 0:
		return 0, provider.BadResponse(op, http.StatusOK, errors.New(`"totalResults" is missing`))
	}
	return provider.OffsetRequests(first.Total, len(first.Members)), nil
}

// Check reads the shortest list. The pages that describe a server are open to everyone on some of them, and would
// accept any token.
func (c *client) Check(ctx context.Context) error {
	_, err := c.page(ctx, "read the list of users", url.Values{"count": {"1"}})
	return err
}

// users yields the users of a list, page by page. Beyond the last one some servers begin anew with the first.
func (c *client) users(ctx context.Context, op string, query url.Values) iter.Seq2[provider.User, error] {
	paging := provider.Paging[provider.User]{Op: op, Size: pageSize, Restarts: true, ID: func(user provider.User) string { return user.ID }}
	return paging.ByOffset(func(offset int) (provider.Page[provider.User], error) {
		return c.page(ctx, op, pageQuery(query, offset+1))
	})
}

// pageQuery returns the query for the page that begins with a user, from 1.
func pageQuery(query url.Values, start int) url.Values {
	asked := url.Values{"startIndex": {strconv.Itoa(start)}, "count": {strconv.Itoa(pageSize)}}
	for name, values := range query {
		asked[name] = values
	}
	return asked
}

// page reads one page of the users.
func (c *client) page(ctx context.Context, op string, query url.Values) (provider.Page[provider.User], error) {
	return readPage(ctx, c, op, "/Users", query, func(object json.RawMessage) (provider.User, error) {
		return provider.ReadUser(object, c.table, "id", "userName")
	})
}

// readPage reads one ListResponse.
func readPage[T any](ctx context.Context, c *client, op, path string, query url.Values, read func(object json.RawMessage) (T, error)) (provider.Page[T], error) {
	page := provider.Page[T]{Total: -1}
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path, Query: query})
	if err != nil {
		return page, err
	}
	var list struct {
		TotalResults *count
		Resources    []json.RawMessage
	}
	err = provider.Unmarshal(answer.Body, &list)
	if err == nil && list.TotalResults == nil && list.Resources == nil {
		err = errors.New("not a ListResponse")
	}
	if list.TotalResults != nil {
		page.Total = int(*list.TotalResults)
	}
	for _, object := range list.Resources {
		if err != nil {
			break
		}
		var member T
		member, err = read(object)
		page.Members = append(page.Members, member)
	}
	if err != nil {
		return provider.Page[T]{}, provider.BadResponse(op, answer.Status, err)
	}
	return page, nil
}
