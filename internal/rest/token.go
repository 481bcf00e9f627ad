package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
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

// secretSettings lists the settings whose secrets fetch needs. The client id is a secret only if the profile does not
// contain it in plain text.
func (s *tokenSource) secretSettings() []string {
	if _, plain := s.setting(s.settings.ClientID); plain {
		return []string{s.settings.ClientSecret}
	}
	return []string{s.settings.ClientID, s.settings.ClientSecret}
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

// tokenless is a cause that wraps [provider.ErrNoToken] as well.
type tokenless struct{ error }

func (e tokenless) Unwrap() []error { return []error{e.error, provider.ErrNoToken} }
