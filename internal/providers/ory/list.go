package ory

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/bring-aboard/usher/pkg/provider"
)

// pageSize is the documented default, which every version takes.
const pageSize = 250

// List follows listIdentities, page by page. Of the filters that are
// documented none narrows a list to a kind of users.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	const op = "list the users"
	return func(yield func(provider.User, error) bool) {
		if _, err := provider.FilterQuery(op, nil, filter); err != nil {
			yield(provider.User{}, err)
			return
		}
		for object, err := range c.objects(ctx, op) {
			var user provider.User
			if err == nil {
				if user, err = c.read(object); err != nil {
					err = provider.Garbled(op, http.StatusOK, err)
				}
			}
			if !yield(user, err) || err != nil {
				return
			}
		}
	}
}

// ListRequests reads the first page. Ory tells no total: where another page
// follows, the list may take any number of requests.
func (c *client) ListRequests(ctx context.Context) (int, error) {
	page, err := c.page(ctx, "count the users", url.Values{"page_size": {strconv.Itoa(pageSize)}})
	if err != nil {
		return 0, err
	}
	if page.next == "" {
		return 2, nil // this one, and the list's own
	}
	return math.MaxInt32, nil
}

// objects yields the identities of all pages. A page token that came before is
// an error: such a list would never end.
func (c *client) objects(ctx context.Context, op string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		query, seen := url.Values{"page_size": {strconv.Itoa(pageSize)}}, map[string]bool{}
		for {
			page, err := c.page(ctx, op, query)
			if err == nil && seen[page.next] {
				err = provider.Garbled(op, http.StatusOK, errors.New("a page came twice, so the list would never end"))
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
			if page.next == "" {
				return
			}
			seen[page.next] = true
			query.Set("page_token", page.next)
		}
	}
}

// page is one answer of a list.
type page struct {
	objects []json.RawMessage
	next    string // token of the next page, "" where this is the last
}

func (c *client) page(ctx context.Context, op string, query url.Values) (page, error) {
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: identities, Query: query})
	if err != nil {
		return page{}, err
	}
	var read page
	err = json.Unmarshal(answer.Body, &read.objects)
	if err == nil && read.objects == nil {
		err = errors.New("no list")
	}
	if err == nil {
		read.next, err = nextToken(answer.Header.Values("Link"))
	}
	if err != nil {
		return page{}, provider.Garbled(op, answer.Status, err)
	}
	return read, nil
}
