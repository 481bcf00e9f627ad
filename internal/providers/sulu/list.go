package sulu

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
)

// filters are the query parameters of list-users.
func filters() []provider.Filter {
	return []provider.Filter{
		{Name: "email", Help: "users with this email address"},
		{Name: "oryId", Help: "users with this Ory identity"},
		{Name: "organization", Help: "users of the organization with this id"},
	}
}

// List follows list-users, which documents no paging: one response contains all, and is yielded as it is. Whether it is
// incomplete is known from its length, and from what is next to the users.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	const op = "list the users"
	query, err := provider.FilterQuery(op, filters(), filter)
	if err != nil {
		return func(yield func(provider.User, error) bool) { yield(provider.User{}, err) }
	}
	return c.list(ctx, op, query)
}

// ListRequests is always 1.
func (c *client) ListRequests(context.Context) (int, error) { return 1, nil }

// errEnough ends a response that is not read to its end.
var errEnough = errors.New("enough was read")

// list yields the users of one response as it arrives.
func (c *client) list(ctx context.Context, op string, query url.Values) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		left, users, beside := false, 0, map[string]json.RawMessage{}
		var replay provider.Replay
		read := func(body io.Reader) error {
			replay.Begin()
			err := readUsers(body, beside, func(object json.RawMessage) error {
				if isNew, err := replay.IsNew(object); err != nil || !isNew {
					return err
				}
				user, err := provider.ReadUser(object, c.table, "id", "email")
				users++
				if err == nil && !yield(user, nil) {
					left, err = true, errEnough
				}
				return err
			})
			return cmp.Or(err, replay.End())
		}
		answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/users", Query: query, Read: read})
		if left { // the end of a response that is not read further does not matter
			return
		}
		if err == nil {
			err = provider.EndOfList(op, users, 0, provider.PointsToMore(answer.Header, beside, users))
		}
		if err != nil {
			yield(provider.User{}, err)
		}
	}
}

// readUsers reads {"users":[...]} one user at a time, and what is next to the users.
func readUsers(body io.Reader, beside map[string]json.RawMessage, use func(json.RawMessage) error) error {
	in := provider.NewBounded(body)
	decoder := json.NewDecoder(in)
	if err := provider.ReadDelim(decoder, '{'); err != nil {
		return err
	}
	seen := false
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		if name, _ := name.(string); name != "users" {
			var other json.RawMessage
			if err := decoder.Decode(&other); err != nil {
				return err
			}
			beside[name] = other
			continue
		}
		seen = true
		if err := provider.ReadDelim(decoder, '['); err != nil {
			return err
		}
		for decoder.More() {
			var object json.RawMessage
			if err := decoder.Decode(&object); err != nil {
				return err
			}
			in.Next()
			if err := use(object); err != nil {
				return err
			}
		}
		if err := provider.ReadDelim(decoder, ']'); err != nil {
			return err
		}
	}
	if err := provider.ReadDelim(decoder, '}'); err != nil {
		return err
	}
	if !seen {
		return errors.New(`"users" is missing`)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON object")
	}
	return nil
}
