package ory

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
)

// wrapped is an identity schema with its id, as in the list of GET /schemas.
type wrapped struct {
	ID     string          `json:"id"`
	Schema json.RawMessage `json:"schema"`
}

// Schema follows getIdentitySchema. Several schemas of a profile are returned as a list of them.
func (c *client) Schema(ctx context.Context) ([]byte, error) {
	const op = "read the identity schema"
	var all []wrapped
	for _, id := range c.schemaIDs {
		text, err := c.schema(ctx, op, id)
		if err != nil {
			return nil, err
		}
		all = append(all, wrapped{id, text})
	}
	if len(all) == 1 {
		return all[0].Schema, nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(all); err != nil {
		return nil, provider.BadResponse(op, http.StatusOK, err)
	}
	return bytes.TrimSpace(text.Bytes()), nil
}

// schema returns one identity schema. An id that is not a plain segment of a path, such as preset://email, is sent in
// base64, as in the schema_url of identities. The admin port of Kratos redirects the request to its public port.
func (c *client) schema(ctx context.Context, op, id string) ([]byte, error) {
	segment := id
	if url.PathEscape(segment) != segment {
		segment = base64.RawURLEncoding.EncodeToString([]byte(segment))
	}
	path := "/schemas/" + segment
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: path})
	if failed, ok := errors.AsType[*provider.Error](err); ok && failed.Status/100 == 3 {
		failed.Err = errors.Join(failed.Err, &provider.ElsewhereError{Path: path})
	}
	if err != nil {
		return nil, err
	}
	if _, err := provider.Properties(answer.Body); err != nil {
		return nil, provider.BadResponse(op, answer.Status, err)
	}
	return answer.Body, nil
}
