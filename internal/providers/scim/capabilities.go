package scim

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Capabilities are the optional features of a server (RFC 7643, 5).
type Capabilities struct {
	// Patch and Filter report whether PATCH and the filter parameter are supported.
	Patch, Filter bool
	// ETag reports whether a change can depend on the user's version.
	ETag bool
	// ChangePassword reports whether the password of a user can be changed.
	ChangePassword bool
	// BulkOperations is the maximum number of operations in one bulk request; 0 if bulk requests are not supported.
	BulkOperations int
	// BulkBytes is the maximum size of a bulk request in bytes; 0 for no limit.
	BulkBytes int
}

// assumed are the capabilities of a server that does not describe itself.
func assumed() Capabilities { return Capabilities{Patch: true, Filter: true} }

// server reads the capabilities when they are first needed, and once. It is safe for concurrent use.
type server struct {
	send func(context.Context, provider.Request) (*provider.Response, error)
	gate chan struct{} // contains one token, whose owner may use known
	// known is nil until the server has responded.
	known *Capabilities
}

func newServer(send func(context.Context, provider.Request) (*provider.Response, error), documented *Capabilities) *server {
	s := &server{send: send, gate: make(chan struct{}, 1), known: documented}
	s.gate <- struct{}{}
	return s
}

// capabilities returns the server's capabilities. Op is what the caller needs them for. A failure that a later attempt
// may not have is returned and not stored.
func (s *server) capabilities(ctx context.Context, op string) (Capabilities, error) {
	select {
	case <-s.gate:
	case <-ctx.Done():
		return Capabilities{}, &provider.Error{Class: provider.Unsent, Op: op, Err: ctx.Err()}
	}
	defer func() { s.gate <- struct{}{} }()
	if s.known != nil {
		return *s.known, nil
	}
	answer, err := s.send(ctx, provider.Request{Op: op, Method: http.MethodGet, Path: "/ServiceProviderConfig"})
	known := assumed()
	switch {
	case err == nil:
		known = readCapabilities(answer.Body)
	case !describesNothing(err):
		return Capabilities{}, err
	}
	s.known = &known
	return known, nil
}

// remembered returns the known capabilities without a request.
func (s *server) remembered() (Capabilities, bool) {
	<-s.gate
	defer func() { s.gate <- struct{}{} }()
	if s.known == nil {
		return Capabilities{}, false
	}
	return *s.known, true
}

// describesNothing reports whether a failure means that the server does not describe itself: it has no such page, or
// shows it to no such client.
func describesNothing(err error) bool {
	switch provider.ClassOf(err) {
	case provider.NotFound, provider.Invalid:
		return true
	case provider.Denied:
		return statusOf(err) == http.StatusForbidden
	default:
		return statusOf(err) == http.StatusNotImplemented
	}
}

// readCapabilities reads a ServiceProviderConfig. What it omits or writes in another way has its assumed value.
func readCapabilities(body []byte) Capabilities {
	known := assumed()
	var config struct {
		Patch  *struct{ Supported bool }
		Filter *struct{ Supported bool }
		ETag   *struct{ Supported bool }

		ChangePassword json.RawMessage // read apart, so that another form of it leaves the rest readable
		Bulk           *struct {
			Supported                     bool
			MaxOperations, MaxPayloadSize count
		}
	}
	if json.Unmarshal(body, &config) != nil {
		return known
	}
	if config.Patch != nil {
		known.Patch = config.Patch.Supported
	}
	if config.Filter != nil {
		known.Filter = config.Filter.Supported
	}
	known.ETag = config.ETag != nil && config.ETag.Supported
	var change struct{ Supported bool }
	known.ChangePassword = json.Unmarshal(config.ChangePassword, &change) == nil && change.Supported
	if bulk := config.Bulk; bulk != nil && bulk.Supported {
		known.BulkOperations, known.BulkBytes = max(int(bulk.MaxOperations), 0), max(int(bulk.MaxPayloadSize), 0)
	}
	return known
}
