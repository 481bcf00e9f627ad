package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/go-resty/resty/v2"
)

// sender is a resty client for one server. Every request of the program leaves
// through one: those of the API, for tokens, log-ins, and probes.
type sender struct {
	resty     *resty.Client
	userAgent string // of a library's requests
}

// newSender corrects resty's defaults: silence, no retry, no other host, bodies of
// responses unread.
func newSender(client *http.Client, target target, userAgent string) sender {
	return sender{userAgent: userAgent, resty: resty.NewWithClient(client).
		SetLogger(silence{}).
		SetRetryCount(0).
		SetAllowGetMethodPayload(true).
		SetDoNotParseResponse(true). // responses are read with a limit
		SetPreRequestHook(func(_ *resty.Client, request *http.Request) error {
			if err := target.guard(request.URL); err != nil {
				return err
			}
			*request = *request.WithContext(context.WithValue(request.Context(), passage{}, true))
			return nil
		})}
}

// send sends a request once and returns its response, whose body the caller closes.
func (s sender) send(ctx context.Context, method, address string, header http.Header, body []byte) (*http.Response, error) {
	message := s.resty.R().SetContext(ctx)
	message.Header = header
	if len(body) > 0 {
		message.SetBody(bytes.NewReader(body)) // resty copies anything else, twice
	}
	response, err := message.Execute(method, address)
	if err != nil {
		return nil, err
	}
	return response.RawResponse, nil
}

// RoundTrip sends the request of a library.
func (s sender) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		text, err := io.ReadAll(request.Body)
		if err := errors.Join(err, request.Body.Close()); err != nil {
			return nil, err
		}
		body = text
	}
	header := request.Header.Clone()
	header.Set("User-Agent", s.userAgent)
	header.Set("Accept", contentJSON) // that is what a token endpoint returns (RFC 6749, 5.1)
	response, err := s.send(request.Context(), request.Method, request.URL.String(), header, body)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the library's client wraps it again
	}
	return response, err
}

// passage is the mark of a request that passed a sender.
type passage struct{}

// PassedResty reports whether a request passed the program's resty client.
func PassedResty(request *http.Request) bool { return request.Context().Value(passage{}) != nil }

// gate lets only requests through that passed a sender.
type gate struct {
	transport *http.Transport
	next      http.RoundTripper
}

// RoundTrip sends the request.
func (g *gate) RoundTrip(request *http.Request) (*http.Response, error) {
	if !PassedResty(request) {
		return nil, errors.New("the request was not sent by resty")
	}
	return g.next.RoundTrip(request)
}

// CloseIdleConnections closes the connections that no request uses.
func (g *gate) CloseIdleConnections() { g.transport.CloseIdleConnections() }

// newGate returns a gate in front of a transport, which wrap may watch.
func newGate(transport *http.Transport, wrap func(http.RoundTripper) http.RoundTripper) *gate {
	g := &gate{transport: transport, next: transport}
	if wrap != nil {
		g.next = wrap(transport)
	}
	return g
}

// silence is resty's logger: what it would say is in the errors already.
type silence struct{}

func (silence) Errorf(string, ...any) {}
func (silence) Warnf(string, ...any)  {}
func (silence) Debugf(string, ...any) {}
