package scim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

const findUser = "look the user up"

// Find asks with the filter userName eq "..." (RFC 7644, 3.4.2.2). Names of
// users are compared without regard to case, and some servers regard it: a name
// with capitals is asked for in small letters too. A server that ignores the
// filter answers with everybody: its list is read to the end.
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	can, err := c.server.capabilities(ctx, findUser)
	if err != nil {
		return provider.User{}, err
	}
	if !can.Filter {
		return c.among(ctx, key)
	}
	spellings := []string{key}
	if small := strings.ToLower(key); small != key {
		spellings = append(spellings, small)
	}
	for _, spelling := range spellings {
		page, err := c.page(ctx, findUser, url.Values{filterParameter: {"userName eq " + quote(spelling)}})
		if refusesFilter(err) {
			return c.among(ctx, key)
		}
		if err != nil {
			return provider.User{}, err
		}
		for _, user := range page.users {
			if provider.SameKey(user, key) == nil {
				return user, nil
			}
		}
		switch {
		case len(page.users) == 0:
		case page.total > len(page.users):
			return c.among(ctx, key)
		default: // everybody, and nobody of this name
			return provider.User{}, notFound()
		}
	}
	return provider.User{}, notFound()
}

// among looks for a user in the whole list.
func (c *client) among(ctx context.Context, key string) (provider.User, error) {
	for user, err := range c.users(ctx, findUser, nil) {
		if err != nil || provider.SameKey(user, key) == nil {
			return user, err
		}
	}
	return provider.User{}, notFound()
}

// refusesFilter tells whether a server cannot work with the filter: 400 with
// invalidFilter, or 501.
func refusesFilter(err error) bool {
	status := statusOf(err)
	return status == http.StatusBadRequest || status == http.StatusNotImplemented
}

func notFound() error { return &provider.Error{Class: provider.NotFound, Op: findUser} }

// quote writes a value in a filter: as a JSON string.
func quote(value string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a text always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
