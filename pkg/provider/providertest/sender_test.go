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
	// doubts reports whether a refusal of a change leaves open what happened.
	doubts func(status int, foreign bool) bool
	// hide takes secrets out of a text.
	hide func(text string, secrets []string) string
}

func newSender(base string, reason func([]byte) string) *sender {
	return &sender{
		base:   base,
		reason: reason,
		class:  provider.ClassOfStatus,
		doubts: func(status int, foreign bool) bool { return foreign || status >= http.StatusInternalServerError },
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
		return nil, s.refusal(request, answer, body, err)
	}
	if err != nil {
		return nil, lost(request.Op, true, err)
	}
	return &provider.Response{Status: answer.StatusCode, Header: answer.Header, Body: body, Address: s.base + request.Path}, nil
}

func (s *sender) refusal(request provider.Request, answer *http.Response, body []byte, cut error) error {
	after := answer.Header.Get("Retry-After")
	seconds, _ := strconv.Atoi(after)
	failure := &provider.Error{
		Class: s.class(answer.StatusCode, after != ""), Op: request.Op, Status: answer.StatusCode,
		Detail:     s.hide(s.reason(body), append(secretsOf(request), acmeToken)),
		RetryAfter: time.Duration(seconds) * time.Second,
	}
	own := provider.IsJSON(answer.Header, body)
	if request.Method != http.MethodGet && answer.StatusCode != http.StatusTooManyRequests && s.doubts(answer.StatusCode, cut != nil || len(body) > 0 && !own) {
		failure.Class = provider.Unknown
	}
	if failure.Class == provider.NotFound && request.Absence != nil && len(body) > 0 && own {
		failure.Absence = provider.AbsencePlain
		if request.Absence(body) {
			failure.Absence = provider.AbsenceDocumented
		}
	}
	return failure
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

// secretsOf returns the secret texts in a request's body.
func secretsOf(request provider.Request) []string {
	var document any
	_ = json.Unmarshal(request.Body, &document) // a request without a body has none
	var secrets []string
	for _, place := range request.Secrets {
		secrets = append(secrets, textsAt(document, place)...)
	}
	return secrets
}

// textsAt returns the texts at a place; a list stands for each of its items.
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
