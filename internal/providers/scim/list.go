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
			return failed(&provider.Error{Class: provider.Invalid, Op: op, Err: fmt.Errorf("unknown filter %q; the only filter is an expression", name)})
		}
		query.Set(name, value)
	}
	return c.users(ctx, op, query)
}

// failed yields nothing but an error.
func failed(err error) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) { yield(provider.User{}, err) }
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

// page reads one ListResponse.
func (c *client) page(ctx context.Context, op string, query url.Values) (provider.Page[provider.User], error) {
	read := provider.Page[provider.User]{Total: -1}
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/Users", Query: query})
	if err != nil {
		return read, err
	}
	var list struct {
		TotalResults *count
		Resources    []json.RawMessage
	}
	err = json.Unmarshal(answer.Body, &list)
	if err == nil && list.TotalResults == nil && list.Resources == nil {
		err = errors.New("not a list of users")
	}
	if list.TotalResults != nil {
		read.Total = int(*list.TotalResults)
	}
	for _, object := range list.Resources {
		if err != nil {
			break
		}
		var user provider.User
		user, err = provider.ReadUser(object, c.table, "id", "userName")
		read.Members = append(read.Members, user)
	}
	if err != nil {
		return provider.Page[provider.User]{}, provider.BadResponse(op, answer.Status, err)
	}
	return read, nil
}
