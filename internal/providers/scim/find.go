package scim

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

const findUser = "look up the user"

// Find sends the filter userName eq "..." (RFC 7644, 3.4.2.2). Usernames are compared without regard to case, but some
// servers do regard it: a name with capitals is looked up in lower case too. A server that ignores the filter returns
// all users: its list is read to the end. One user with another name is neither the user nor a proof that they do not
// exist.
func (c *client) Find(ctx context.Context, key string) (provider.User, error) {
	can, err := c.server.capabilities(ctx, findUser)
	if err != nil {
		return provider.User{}, err
	}
	if !can.Filter || c.noFilter.Load() {
		return c.among(ctx, key)
	}
	spellings := []string{key}
	if small := strings.ToLower(key); small != key {
		spellings = append(spellings, small)
	}
	search := provider.NewSearch(key)
	for _, spelling := range spellings {
		page, err := c.page(ctx, findUser, filterFor(spelling))
		if refusesFilter(err) {
			return c.among(ctx, key)
		}
		if err != nil {
			return provider.User{}, err
		}
		for _, user := range page.Members {
			search.Add(user)
		}
		if _, err := search.Among(findUser); provider.ClassOf(err) != provider.NotFound {
			return search.Among(findUser)
		}
		if len(page.Members) == 0 && page.Total > 0 {
			return provider.User{}, provider.BadResponse(findUser, http.StatusOK, errors.New("total without a user"))
		}
		if len(page.Members) > 0 {
			return c.unless(ctx, key, search)
		}
	}
	return search.Exact(findUser)
}

// FindExternal sends the filter externalId eq "..." (RFC 7643, 3.1). The standard does not make external ids unique, and a
// server may ignore the filter, so only the users that have exactly this one count.
func (c *client) FindExternal(ctx context.Context, externalID string) (provider.User, error) {
	can, err := c.server.capabilities(ctx, findUser)
	if err != nil {
		return provider.User{}, err
	}
	none := &provider.Error{Class: provider.NotFound, Op: findUser}
	if !can.Filter || c.noFilter.Load() {
		return provider.User{}, none
	}
	page, err := c.page(ctx, findUser, url.Values{filterParameter: {"externalId eq " + quote(externalID)}})
	if refusesFilter(err) {
		return provider.User{}, none
	}
	if err != nil {
		return provider.User{}, err
	}
	found := slices.DeleteFunc(page.Members, func(user provider.User) bool {
		return user.Record(c.table).Text("externalId") != externalID
	})
	switch len(found) {
	case 0:
		return provider.User{}, none
	case 1:
		return found[0], nil
	default:
		return provider.User{}, &provider.Error{Class: provider.Conflict, Op: findUser, Users: found, Err: fmt.Errorf("%d users have %w", len(found), provider.Quotef("the external id %s", externalID))}
	}
}

// unless returns the error of a search that found only other users, unless the server ignores the filter: then it
// returns users for a name that no user has.
func (c *client) unless(ctx context.Context, key string, search *provider.Search) (provider.User, error) {
	page, err := c.page(ctx, findUser, filterFor("nobody-"+strings.ToLower(rand.Text())))
	if err != nil {
		return provider.User{}, err
	}
	if len(page.Members) == 0 {
		return search.Exact(findUser)
	}
	c.noFilter.Store(true)
	return c.among(ctx, key)
}

// among searches the whole list for a user.
func (c *client) among(ctx context.Context, key string) (provider.User, error) {
	search := provider.NewSearch(key)
	for user, err := range c.users(ctx, findUser, nil) {
		if provider.IsIncomplete(err) {
			return search.Unproved(findUser, err)
		}
		if err != nil {
			return provider.User{}, err
		}
		search.Add(user)
	}
	return search.Among(findUser)
}

// filterFor is the query of a lookup.
func filterFor(key string) url.Values {
	return url.Values{filterParameter: {"userName eq " + quote(key)}}
}

// refusesFilter reports whether a server cannot work with the filter: 400 with
// invalidFilter, or 501.
func refusesFilter(err error) bool {
	status := statusOf(err)
	return status == http.StatusBadRequest || status == http.StatusNotImplemented
}

// quote writes a value in a filter: as a JSON string.
func quote(value string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // a text always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
