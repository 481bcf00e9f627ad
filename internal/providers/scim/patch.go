package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

const patchURN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// patchRequest is the body of a PATCH (RFC 7644, 3.5.2).
type patchRequest struct {
	Schemas    []string         `json:"schemas"`
	Operations []patchOperation `json:"Operations"`
}

type patchOperation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

// patch sends one operation for each field. Replacing what is not there adds it. The id is that of the user in the
// path.
func (c *client) patch(ctx context.Context, op, id, path string, changes []change) (*provider.Response, error) {
	document := patchRequest{Schemas: []string{patchURN}}
	var secrets [][]string
	for _, change := range changes {
		document.Operations = append(document.Operations, change.operation())
		if change.field.Secret {
			secrets = append(secrets, append([]string{"Operations", "value"}, change.field.WirePath()...))
		}
	}
	body, err := marshal(document)
	if err != nil {
		return nil, &provider.Error{Class: provider.Invalid, Op: op, Err: err}
	}
	request := provider.Request{Op: op, Method: http.MethodPatch, Path: path, Body: body, Secrets: secrets}
	if read, ok := provider.ReadBefore(ctx, id); ok {
		request = c.conditional(ctx, request, read)
	}
	answer, err := c.do(ctx, request)
	return answer, unlessChanged(request, err)
}

// operation returns the change as a PATCH has it. A secret is below its name, so that it is recognised wherever the
// body is shown. A part of an extension's attribute is in its object, because some servers find no path with a URN and
// a dot; the other parts are left as they are (3.5.2.3).
func (c change) operation() patchOperation {
	path := c.field.WirePath()
	switch {
	case c.value == nil:
		return patchOperation{Op: "remove", Path: attributePath(path)}
	case c.field.Secret:
		return patchOperation{Op: "replace", Value: within(path, c.value)}
	case isURN(path[0]) && len(path) > 2:
		return patchOperation{Op: "replace", Path: attributePath(path[:2]), Value: within(path[2:], c.value)}
	default:
		return patchOperation{Op: "replace", Path: attributePath(path), Value: c.value}
	}
}

// within puts a value into objects of these names, the outermost first.
func within(names []string, value json.RawMessage) json.RawMessage {
	for _, name := range slices.Backward(names) {
		value, _ = marshal(map[string]json.RawMessage{name: value}) // decoded JSON always encodes
	}
	return value
}

// attributePath returns the path of an attribute (RFC 7644, 3.10): "name.familyName", or the URN of its extension, a
// colon and the name.
func attributePath(path []string) string {
	if isURN(path[0]) {
		return path[0] + ":" + strings.Join(path[1:], ".")
	}
	return strings.Join(path, ".")
}

// marshal writes JSON without the escapes that only HTML needs.
func marshal(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
