package ory

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Schema follows getIdentitySchema. An id that is not a plain segment of a path, such as preset://email, is sent in
// base64, as in the schema_url of identities.
func (c *client) Schema(ctx context.Context) ([]byte, error) {
	const op = "read the identity schema"
	segment := c.schemaID
	if url.PathEscape(segment) != segment {
		segment = base64.RawURLEncoding.EncodeToString([]byte(segment))
	}
	answer, err := c.transport.Do(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/schemas/" + segment})
	if err != nil {
		return nil, err
	}
	if _, err := provider.Properties(answer.Body); err != nil {
		return nil, provider.BadResponse(op, answer.Status, err)
	}
	return answer.Body, nil
}
