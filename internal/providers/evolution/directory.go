package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Entries lists roles by get-roles. Organizations are those that the users of
// get-users belong to: the response of a list of organizations is not documented.
func (c *client) Entries(ctx context.Context, kind string) iter.Seq2[provider.Entry, error] {
	switch kind {
	case provider.Role:
		return c.roles(ctx)
	case provider.Organization:
		return c.organizations(ctx)
	default:
		return func(yield func(provider.Entry, error) bool) {
			yield(provider.Entry{}, &provider.Error{Class: provider.Invalid, Op: "list names", Err: fmt.Errorf("no documented list of %q", kind)})
		}
	}
}

func (c *client) roles(ctx context.Context) iter.Seq2[provider.Entry, error] {
	const op = "list the roles"
	return func(yield func(provider.Entry, error) bool) {
		seen := map[string]bool{}
		id := func(entry provider.Entry) string { return entry.ID }
		for entry, err := range pages(ctx, c, op, "/roles", id, readRole) {
			if provider.IsIncomplete(err) {
				return // the names that were read are usable
			}
			if err == nil && !firstOf(seen, entry.ID) {
				continue
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func readRole(object json.RawMessage) (provider.Entry, error) {
	var role struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	err := json.Unmarshal(object, &role)
	if err == nil && role.ID == "" {
		err = errors.New(`"id" is missing`)
	}
	if err != nil {
		return provider.Entry{}, err
	}
	return provider.Entry{ID: role.ID, Name: role.Name, Attributes: object}, nil
}

// organizations yields each organization as soon as a user has its name, and in the end those without a name.
func (c *client) organizations(ctx context.Context) iter.Seq2[provider.Entry, error] {
	return func(yield func(provider.Entry, error) bool) {
		named, noted := map[string]bool{}, map[string]bool{}
		var nameless []provider.Entry
		for user, err := range c.users(ctx, "list the organizations of all users") {
			if provider.IsIncomplete(err) {
				break // the names that were read are usable
			}
			if err != nil {
				yield(provider.Entry{}, err)
				return
			}
			for _, entry := range organizationsOf(user) {
				if entry.Name == "" {
					if firstOf(noted, entry.ID) {
						nameless = append(nameless, entry)
					}
					continue
				}
				if firstOf(named, entry.ID) && !yield(entry, nil) {
					return
				}
			}
		}
		for _, entry := range nameless {
			if firstOf(named, entry.ID) && !yield(entry, nil) {
				return
			}
		}
	}
}

// firstOf records a UUID, whose case does not matter, and reports whether it is new.
func firstOf(seen map[string]bool, id string) bool {
	id = strings.ToLower(id)
	if seen[id] {
		return false
	}
	seen[id] = true
	return true
}

// organization is one of a user's organizations, as far as it is described.
type organization struct {
	ID   string `json:"organizationId"`
	Name string `json:"organizationName,omitempty"`
}

// organizationsOf returns the organizations of a user that have an id.
func organizationsOf(user provider.User) []provider.Entry {
	var members struct {
		Organizations []organization `json:"organizations"`
	}
	if json.Unmarshal(user.Attributes, &members) != nil {
		return nil
	}
	var entries []provider.Entry
	for _, organization := range members.Organizations {
		if organization.ID == "" {
			continue
		}
		attributes, _ := json.Marshal(organization) // strings always encode
		entries = append(entries, provider.Entry{ID: organization.ID, Name: organization.Name, Attributes: attributes})
	}
	return entries
}
