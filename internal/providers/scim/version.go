package scim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

// errChanged is the cause of a 412: another client was faster.
var errChanged = errors.New("the user was modified meanwhile; nothing was changed")

// conditional returns a request for a change that is refused if the user has been modified since it was read (RFC 7644,
// 3.14). Without a version, and at a server that does not declare support for it, the request is returned unchanged.
func (c *client) conditional(ctx context.Context, request provider.Request, read provider.User) provider.Request {
	version := versionOf(read)
	if version == "" {
		return request
	}
	if can, err := c.server.capabilities(ctx, request.Op); err == nil && can.ETag {
		request.IfMatch = version
	}
	return request
}

// unlessChanged returns the error of a conditional request.
func unlessChanged(request provider.Request, err error) error {
	failure, ok := errors.AsType[*provider.Error](err)
	if !ok || request.IfMatch == "" || failure.Status != http.StatusPreconditionFailed {
		return err
	}
	return &provider.Error{Class: provider.Conflict, Op: failure.Op, Status: failure.Status, Detail: failure.Detail, Err: errChanged}
}

// versionOf returns the version of a user, which is its entity tag (RFC 7643, 3.1), "" if the server does not return
// one.
func versionOf(user provider.User) string {
	var object struct {
		Meta struct {
			Version string `json:"version"`
		} `json:"meta"`
	}
	if json.Unmarshal(user.Attributes, &object) != nil {
		return ""
	}
	return object.Meta.Version
}
