package ory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// changesPassword reports whether the password is among the changes.
func changesPassword(changes schema.Record) bool {
	_, password := changes[passwordField]
	_, hash := changes[hashField]
	return password || hash
}

// replace follows updateIdentity, by which alone an administrator sets a password. The request has the whole identity as
// it was read, with the changes: what it omits is lost, except the organization, which it cannot contain.
//
// The page warns that the credentials are replaced. Kratos replaces those of a type that is sent and leaves the others
// (https://github.com/ory/kratos/blob/04495a37f7820a76a00b15bcdf4fe7c36c49d0bd/identity/handler_import.go), so a response
// that lacks one of them is an error.
func (c *client) replace(ctx context.Context, op string, user provider.User, wanted []byte, changes schema.Record) (provider.User, error) {
	identity, err := provider.Properties(user.Attributes)
	if err == nil {
		err = replaceable(changes)
	}
	before, _ := identity["credentials"].(map[string]any)
	delete(identity, "credentials") // what was read has no password
	if err == nil {
		_, err = c.steps(identity, wanted, changes)
	}
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	whole := map[string]any{}
	for _, name := range []string{schemaIDField, "traits", "state", externalIDField, "metadata_public", "metadata_admin", "credentials"} {
		if value := identity[name]; value != nil {
			whole[name] = value
		}
	}
	body, err := json.Marshal(whole)
	if err != nil {
		return provider.User{}, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	changed, err := c.about(ctx, provider.Request{Op: op, Method: http.MethodPut, Body: body, Secrets: provider.SecretPlaces(c.table)}, user.ID)
	if err != nil {
		return provider.User{}, err
	}
	after, _ := provider.Properties(changed.Attributes) // it was read before
	left, _ := after["credentials"].(map[string]any)
	for kind := range before {
		if _, kept := left[kind]; !kept && len(left) > 0 {
			return provider.User{}, provider.BadResponse(op, http.StatusOK, fmt.Errorf("the password was set, but the identity has no credentials of type %s any more", kind))
		}
	}
	return changed, nil
}

// replaceable returns an error for changes that one request cannot make together with a password.
func replaceable(changes schema.Record) error {
	if _, given := changes[organizationIDField]; given {
		return errors.New("organization_id is not part of the update that sets a password")
	}
	if changes.Text(passwordField) == "" && changes.Text(hashField) == "" {
		return errors.New("a password cannot be removed")
	}
	return nil
}
