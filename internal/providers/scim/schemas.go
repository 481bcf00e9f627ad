package scim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// resourceSchema is one schema of GET /Schemas (RFC 7643, 7).
type resourceSchema struct {
	ID         string      `json:"id"`
	Attributes []attribute `json:"attributes"`
}

// attribute is the definition of an attribute.
type attribute struct {
	Name            string            `json:"name"`
	Type            string            `json:"type"`
	SubAttributes   []attribute       `json:"subAttributes"`
	MultiValued     bool              `json:"multiValued"`
	Description     string            `json:"description"`
	Required        bool              `json:"required"`
	CanonicalValues []json.RawMessage `json:"canonicalValues"`
	Mutability      string            `json:"mutability"`
	Returned        string            `json:"returned"`
	CaseExact       bool              `json:"caseExact"`
	Uniqueness      string            `json:"uniqueness"`
}

// Unique reports whether the server's own schemas declare that it enforces the uniqueness of the username (RFC 7643, 7:
// "server" or "global"): those of the schema file, or else those of GET /Schemas. One that does not describe itself
// documents no more than the standard.
func (c *client) Unique(ctx context.Context) (provider.Uniqueness, error) {
	if c.unique != nil {
		return *c.unique, nil
	}
	const op = "read whether usernames are unique"
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/Schemas"})
	switch {
	case err != nil && describesNothing(err):
		return provider.UniqueDocumented, nil
	case err != nil:
		return provider.UniqueUnknown, err
	}
	schemas, err := readSchemas(answer.Body)
	if err != nil {
		return provider.UniqueDocumented, nil //nolint:nilerr // it describes no user
	}
	return uniquenessOf(schemas), nil
}

// DeclinesPasswords reports whether the server's own GET /Schemas describes the user without a password, unless its
// ServiceProviderConfig declares that passwords can be changed (RFC 7643, 5 and 7).
func (c *client) DeclinesPasswords(ctx context.Context) (bool, error) {
	const op = "read whether the server accepts passwords"
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/Schemas"})
	if err != nil {
		if describesNothing(err) {
			err = nil
		}
		return false, err
	}
	schemas, err := readSchemas(answer.Body)
	if err != nil {
		return false, nil //nolint:nilerr // it describes no user
	}
	user, _ := schemaOf(schemas, userURN)
	if _, _, takes := attributeAt(user.Attributes, []string{"password"}); takes || len(user.Attributes) == 0 {
		return false, nil
	}
	can, err := c.server.capabilities(ctx, op)
	return !can.ChangePassword && err == nil, err
}

// ChangesPasswords reports whether the server's ServiceProviderConfig declares that passwords can be changed (RFC 7643,
// 5).
func (c *client) ChangesPasswords(ctx context.Context) (bool, error) {
	can, err := c.server.capabilities(ctx, "read whether passwords can be changed")
	return can.ChangePassword, err
}

// uniquenessOf returns the uniqueness of the username in schemas.
func uniquenessOf(schemas []resourceSchema) provider.Uniqueness {
	user, _ := schemaOf(schemas, userURN)
	name, _, _ := attributeAt(user.Attributes, []string{"userName"})
	switch strings.ToLower(name.Uniqueness) {
	case "server", "global":
		return provider.UniqueEnforced
	default:
		return provider.UniqueDocumented
	}
}

// Schema follows RFC 7644, 4.
func (c *client) Schema(ctx context.Context) ([]byte, error) {
	const op = "read the schemas"
	answer, err := c.do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/Schemas"})
	if err != nil {
		return nil, err
	}
	if _, err := readSchemas(answer.Body); err != nil {
		return nil, provider.BadResponse(op, answer.Status, err)
	}
	return answer.Body, nil
}

// readSchemas reads the response to GET /Schemas: a ListResponse, or the bare list that some servers return. It fails
// if there is no schema of a user.
func readSchemas(document []byte) ([]resourceSchema, error) {
	var schemas []resourceSchema
	if json.Unmarshal(document, &schemas) != nil {
		var list struct{ Resources []resourceSchema }
		if err := json.Unmarshal(document, &list); err != nil {
			return nil, err
		}
		schemas = list.Resources
	}
	if _, ok := schemaOf(schemas, userURN); !ok {
		return nil, errors.New("schema " + userURN + " is missing")
	}
	return schemas, nil
}

// schemaOf finds a schema by its URN, which has no case (RFC 8141).
func schemaOf(schemas []resourceSchema, urn string) (resourceSchema, bool) {
	for _, schema := range schemas {
		if strings.EqualFold(schema.ID, urn) {
			return schema, true
		}
	}
	return resourceSchema{}, false
}

// attributeAt finds the definition of an attribute, whose name has no case, and
// reports whether it and all around it are required.
func attributeAt(attributes []attribute, path []string) (found attribute, required, ok bool) {
	for _, candidate := range attributes {
		if !strings.EqualFold(candidate.Name, path[0]) {
			continue
		}
		if len(path) == 1 {
			return candidate, candidate.Required, true
		}
		found, required, ok = attributeAt(candidate.SubAttributes, path[1:])
		return found, required && candidate.Required, ok
	}
	return attribute{}, false, false
}
