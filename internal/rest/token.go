package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/bring-aboard/usher/pkg/provider"
)

const getToken = "get an access token"

// tokenSource fetches access tokens by the grant of client credentials.
type tokenSource struct {
	settings provider.ClientCredentials
	address  string
	setting  func(setting string) (value string, ok bool)
	client   *http.Client
	timeout  time.Duration
	redact   *redactor
}

// fetch requests a new token. Every error is a [provider.Error] of class Denied, Busy or Unsent: nothing of the request
// that needs the token was written. Unless the class is Denied it wraps [provider.ErrNoToken].
func (s *tokenSource) fetch(ctx context.Context, secrets map[string]string) (*oauth2.Token, error) {
	id, plain := s.setting(s.settings.ClientID)
	if !plain {
		id = secrets[s.settings.ClientID]
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	config := clientcredentials.Config{
		ClientID: id, ClientSecret: secrets[s.settings.ClientSecret], TokenURL: s.address, AuthStyle: oauth2.AuthStyleInHeader,
		Scopes: s.settings.Scopes, EndpointParams: url.Values{},
	}
	if s.settings.InBody {
		config.AuthStyle = oauth2.AuthStyleInParams
	}
	for name, value := range s.settings.Parameters {
		config.EndpointParams.Set(name, value)
	}
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, s.client))
	if err != nil {
		return nil, s.failure(err)
	}
	s.redact.learn(token.AccessToken, token.RefreshToken)
	if err := checkHeader("the access token", token.AccessToken); err != nil {
		return nil, &provider.Error{Class: provider.Unsent, Op: getToken, Err: tokenless{err}}
	}
	return token, nil
}

// failure returns why there is no token. The status is in the cause and not in the error's own field: the request that
// needs the token had no response.
func (s *tokenSource) failure(err error) *provider.Error {
	refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return &provider.Error{Class: provider.Unsent, Op: getToken, Err: tokenless{s.redact.cause(err)}}
	}
	status := refusal.Response.StatusCode
	wait, asked := waitAfter(refusal.Response)
	cause := fmt.Errorf("the token endpoint returned %s", provider.StatusText(status))
	failure := &provider.Error{Op: getToken, Detail: s.redact.sentence(genericReason(refusal.Body)), RetryAfter: wait}
	switch {
	case provider.ClassOfStatus(status, asked) == provider.Busy:
		failure.Class, failure.Err = provider.Busy, tokenless{cause}
	case status == http.StatusBadRequest, status == http.StatusUnauthorized, status == http.StatusForbidden,
		status < 300 && refusal.ErrorCode != "":
		failure.Class, failure.Err = provider.Denied, cause
	default:
		failure.Class, failure.Err = provider.Unsent, tokenless{cause}
	}
	return failure
}

// NoToken returns the error of requests that wait for a token which could not be had because of err. Nothing of them
// was written, and they may be sent later: it wraps [provider.ErrNoToken].
func NoToken(err *provider.Error) *provider.Error {
	class := provider.Unsent
	if err.Class == provider.Busy {
		class = provider.Busy
	}
	return &provider.Error{Class: class, Op: err.Op, Detail: err.Detail, RetryAfter: err.RetryAfter, Err: tokenless{err}}
}

// tokenless is a cause that wraps [provider.ErrNoToken] as well.
type tokenless struct{ error }

func (e tokenless) Unwrap() []error { return []error{e.error, provider.ErrNoToken} }
