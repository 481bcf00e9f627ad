package sulu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
)

// List follows list-users, which documents no paging: one answer holds all. A
// filter is one of its query parameters.
func (c *client) List(ctx context.Context, filter map[string]string) iter.Seq2[provider.User, error] {
	query := url.Values{}
	for name, value := range filter {
		query.Set(name, value)
	}
	return c.list(ctx, "list the users", query)
}

// ListRequests is always 1.
func (c *client) ListRequests(context.Context) (int, error) { return 1, nil }

// errEnough ends an answer that is not read to its end.
var errEnough = errors.New("enough was read")

// list yields the users of one answer as it arrives.
func (c *client) list(ctx context.Context, op string, query url.Values) iter.Seq2[provider.User, error] {
	return func(yield func(provider.User, error) bool) {
		read := func(body io.Reader) error {
			return readUsers(json.NewDecoder(body), func(object json.RawMessage) error {
				user, err := provider.ReadUser(object, c.table, "id", "email")
				if err == nil && !yield(user, nil) {
					err = errEnough
				}
				return err
			})
		}
		_, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/users", Query: query, Read: read})
		if err != nil && !errors.Is(err, errEnough) {
			yield(provider.User{}, err)
		}
	}
}

// readUsers reads {"users":[...]} one user at a time.
func readUsers(decoder *json.Decoder, use func(json.RawMessage) error) error {
	if err := expect(decoder, '{'); err != nil {
		return err
	}
	seen := false
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		if name != "users" {
			var other json.RawMessage
			if err := decoder.Decode(&other); err != nil {
				return err
			}
			continue
		}
		seen = true
		if err := expect(decoder, '['); err != nil {
			return err
		}
		for decoder.More() {
			var object json.RawMessage
			if err := decoder.Decode(&object); err != nil {
				return err
			}
			if err := use(object); err != nil {
				return err
			}
		}
		if err := expect(decoder, ']'); err != nil {
			return err
		}
	}
	if err := expect(decoder, '}'); err != nil {
		return err
	}
	if !seen {
		return errors.New(`no "users" in it`)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON object")
	}
	return nil
}

func expect(decoder *json.Decoder, want json.Delim) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("%T where %v should be", token, want) // not the value, which may be anything
	}
	return nil
}
