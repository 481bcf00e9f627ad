package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/bring-aboard/usher/pkg/provider"
)

// ErrNotSent is the cause of every error of a [Preview].
var ErrNotSent = errors.New("dry run: nothing was sent")

// Rendering is a request as it would be sent, with "[redacted]" for every secret.
type Rendering struct {
	Method, URL string
	// Headers are pairs of name and value, by name.
	Headers [][2]string
	// Body is indented JSON, or a form; nil for none. For anything else it is only the size.
	Body []byte
}

// Preview is a [provider.Transport] that records requests instead of sending them. It resolves no secret and opens no
// connection. It is safe for concurrent use.
type Preview struct {
	target      target
	userAgent   string
	credentials http.Header
	redact      *redactor
	reads       provider.Transport // nil if reads are not sent either

	mu       sync.Mutex
	requests []Rendering
}

// NewPreview returns a new preview of the client that [New] would return. It fails on an address that nothing may be
// sent to; credentials may be missing.
func NewPreview(options Options) (*Preview, error) {
	options = options.withDefaults()
	if err := options.checkAddresses(); err != nil {
		return nil, err
	}
	target, err := newTarget(options.BaseURL)
	if err != nil {
		return nil, err
	}
	used := options.Auth.Uses(options.IsSet)
	credentials := http.Header{}
	for _, header := range used.Headers {
		credentials[header.Name] = []string{header.Prefix + redacted}
	}
	switch {
	case used.ClientCredentials != nil:
		credentials[authorization] = []string{bearer + redacted}
	case used.Basic != nil:
		credentials[authorization] = []string{basic + redacted}
	}
	if used.Session != nil {
		credentials[http.CanonicalHeaderKey(used.Session.Header)] = []string{used.Session.Prefix + redacted}
	}
	return &Preview{
		target: target, userAgent: options.UserAgent, credentials: credentials, redact: newRedactor(options.Auth),
	}, nil
}

// SendReads sends requests that only read through another transport, for a change whose request follows from the
// current values. They are not recorded. Call it before the first request.
func (p *Preview) SendReads(through provider.Transport) { p.reads = through }

// Do records the request. It fails with [ErrNotSent] as the cause, or as [Client.Do] would for a path that cannot be
// sent. Only reads may have a response: see [Preview.SendReads].
func (p *Preview) Do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	if p.reads != nil && request.Method == http.MethodGet {
		return p.reads.Do(ctx, request)
	}
	address, err := p.target.address(request)
	if err != nil {
		return nil, &provider.Error{Class: provider.Invalid, Op: request.Op, Err: err}
	}
	rendering := Rendering{
		Method:  request.Method,
		URL:     address,
		Headers: pairs(headerOf(request, p.userAgent, p.credentials)),
		Body:    p.body(request),
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, rendering)
	return nil, &provider.Error{Class: provider.Unsent, Op: request.Op, Err: ErrNotSent}
}

// Requests returns what was recorded, in order.
func (p *Preview) Requests() []Rendering {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

func (p *Preview) body(request provider.Request) []byte {
	if len(request.Body) == 0 {
		return nil
	}
	shown := []byte(p.redact.body(request.Body, request.Secrets, false))
	if request.Form {
		return formOf(shown)
	}
	var indented bytes.Buffer
	if json.Indent(&indented, shown, "", "  ") != nil {
		return shown
	}
	return indented.Bytes()
}

// pairs returns a header as pairs of name and value, by name.
func pairs(header http.Header) [][2]string {
	var list [][2]string
	for name, values := range header {
		for _, value := range values {
			list = append(list, [2]string{name, value})
		}
	}
	slices.SortFunc(list, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return list
}
