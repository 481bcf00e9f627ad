package providertest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

const acmeToken = "canary-token-77de68da"

// sender is a transport on net/http alone. Its parts can be replaced by wrong ones.
type sender struct {
	base   string
	http   *http.Client
	reason func([]byte) string
	// class judges a status.
	class func(status int, retryAfter bool) provider.Class
	// hide takes secrets out of a text.
	hide func(text string, secrets []string) string
}

func newSender(base string, reason func([]byte) string) *sender {
	return &sender{
		base:   base,
		reason: reason,
		class:  provider.ClassOfStatus,
		hide:   redacted,
		http: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (s *sender) Do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { written.Store(true) }})
	message, err := http.NewRequestWithContext(ctx, request.Method, s.base+request.Path+"?"+request.Query.Encode(), bytes.NewReader(request.Body))
	if err != nil {
		return nil, &provider.Error{Class: provider.Unsent, Op: request.Op, Err: errors.New("the address is malformed")}
	}
	message.Header.Set("Authorization", "Bearer "+acmeToken)
	message.Header.Set("Content-Type", "application/json")
	answer, err := s.http.Do(message)
	if err != nil {
		return nil, lost(request.Op, written.Load(), err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, s.refusal(request, answer, body)
	}
	if err != nil {
		return nil, lost(request.Op, true, err)
	}
	return &provider.Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

func (s *sender) refusal(request provider.Request, answer *http.Response, body []byte) error {
	after := answer.Header.Get("Retry-After")
	seconds, _ := strconv.Atoi(after)
	return &provider.Error{
		Class: s.class(answer.StatusCode, after != ""), Op: request.Op, Status: answer.StatusCode,
		Reason:     s.hide(s.reason(body), append(secretsOf(request), acmeToken)),
		RetryAfter: time.Duration(seconds) * time.Second,
	}
}

func lost(op string, written bool, err error) error {
	failure := &provider.Error{Class: provider.Unsent, Op: op, Err: err}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		failure.Err = outer.Err
	}
	if written {
		failure.Class = provider.Unknown
	}
	return failure
}

// secretsOf gives the secret texts in a request's body.
func secretsOf(request provider.Request) []string {
	var document any
	_ = json.Unmarshal(request.Body, &document) // a request without a body has none
	var secrets []string
	for _, place := range request.Secrets {
		secrets = append(secrets, textsAt(document, place)...)
	}
	return secrets
}

// textsAt gives the texts at a place; a list stands for each of its items.
func textsAt(document any, place []string) []string {
	switch document := document.(type) {
	case string:
		return []string{document}
	case map[string]any:
		if len(place) > 0 {
			return textsAt(document[place[0]], place[1:])
		}
	case []any:
		var texts []string
		for _, item := range document {
			texts = append(texts, textsAt(item, place)...)
		}
		return texts
	}
	return nil
}
