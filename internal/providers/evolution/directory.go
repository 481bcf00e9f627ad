package evolution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Entries lists roles by get-roles. Organizations are those that the users of
// get-users belong to: the answer of a list of organizations is not documented.
func (c *client) Entries(ctx context.Context, kind string) iter.Seq2[provider.Entry, error] {
	switch kind {
	case provider.Role:
		return c.roles(ctx)
	case provider.Organization:
		return c.organizations(ctx)
	default:
		return func(yield func(provider.Entry, error) bool) {
			yield(provider.Entry{}, &provider.Error{Class: provider.Invalid, Op: "list names", Err: fmt.Errorf("no list of kind %q is documented", kind)})
		}
	}
}

func (c *client) roles(ctx context.Context) iter.Seq2[provider.Entry, error] {
	const op = "list the roles"
	return func(yield func(provider.Entry, error) bool) {
		for object, err := range c.pages(ctx, op, "/roles", "id") {
			var entry provider.Entry
			if err == nil {
				entry, err = readRole(op, object)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func readRole(op string, object json.RawMessage) (provider.Entry, error) {
	var role struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	err := json.Unmarshal(object, &role)
	if err == nil && role.ID == "" {
		err = errors.New(`no "id" in it`)
	}
	if err != nil {
		return provider.Entry{}, provider.Garbled(op, http.StatusOK, err)
	}
	return provider.Entry{ID: role.ID, Name: role.Name, Attributes: object}, nil
}

func (c *client) organizations(ctx context.Context) iter.Seq2[provider.Entry, error] {
	return func(yield func(provider.Entry, error) bool) {
		seen := map[string]bool{}
		for user, err := range c.List(ctx, nil) {
			if err != nil {
				yield(provider.Entry{}, err)
				return
			}
			for _, entry := range organizationsOf(user) {
				if seen[entry.ID] {
					continue
				}
				seen[entry.ID] = true
				if !yield(entry, nil) {
					return
				}
			}
		}
	}
}

// organizationsOf gives the organizations of a user, as far as it names them.
func organizationsOf(user provider.User) []provider.Entry {
	var members struct {
		Organizations []struct {
			ID   string `json:"organizationId"`
			Name string `json:"organizationName"`
		} `json:"organizations"`
	}
	if json.Unmarshal(user.Attributes, &members) != nil {
		return nil
	}
	var entries []provider.Entry
	for _, organization := range members.Organizations {
		if organization.ID != "" {
			attributes, _ := json.Marshal(map[string]string{"organizationId": organization.ID, "organizationName": organization.Name}) // strings always encode
			entries = append(entries, provider.Entry{ID: organization.ID, Name: organization.Name, Attributes: attributes})
		}
	}
	return entries
}
