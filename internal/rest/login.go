package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

const logInOp = "log in"

// logIn posts a log-in below the base URL, once, and returns the token. Every error is a [provider.Error] of class
// Denied, Busy or Unsent: nothing of the request that needs the token was written. Unless the class is Denied it wraps
// [provider.ErrNoToken].
func (c *Client) logIn(ctx context.Context, session provider.Session, values map[string]string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	request := provider.Request{Op: logInOp, Method: http.MethodPost, Path: session.Path, Body: session.Body(values)}
	address, err := c.target.address(request)
	if err != nil {
		return "", &provider.Error{Class: provider.Invalid, Op: logInOp, Err: err}
	}
	header := headerOf(request, c.options.UserAgent, nil)
	traced := c.trace.request(c.redact, request.Method, address, header, nil, nil) // the body is a credential
	answer, err := c.kept.send(ctx, request.Method, address, header, request.Body) //nolint:bodyclose // read closes it
	if err != nil {
		cause := c.redact.cause(err)
		traced.failure(cause)
		return "", &provider.Error{Class: provider.Unsent, Op: logInOp, Err: tokenless{cause}}
	}
	body, err := c.read(answer)
	traced.answer(answer.StatusCode, nil, nil) // a header or the body has the token, which is not known yet
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return "", c.loginRefused(answer, body)
	}
	if err != nil {
		return "", &provider.Error{Class: provider.Unsent, Op: logInOp, Err: tokenless{c.redact.cause(err)}}
	}
	token := session.Token(answer.Header, body)
	if token == "" {
		return "", &provider.Error{Class: provider.Unsent, Op: logInOp, Err: tokenless{errors.New("the response contains no token")}}
	}
	c.redact.learn(token)
	if err := checkHeader("the token", token); err != nil {
		return "", &provider.Error{Class: provider.Unsent, Op: logInOp, Err: tokenless{err}}
	}
	return token, nil
}

// loginRefused returns the error of a log-in whose response is not a success. The status is in the cause: the request
// that needs the token had no response.
func (c *Client) loginRefused(answer *http.Response, body []byte) *provider.Error {
	wait, asked := waitAfter(answer)
	cause := fmt.Errorf("the log-in returned %s", provider.StatusText(answer.StatusCode))
	failure := &provider.Error{Class: provider.Unsent, Op: logInOp, Detail: c.redact.sentence(c.reason(body)), RetryAfter: wait, Err: tokenless{cause}}
	switch {
	case provider.ClassOfStatus(answer.StatusCode, asked) == provider.Busy:
		failure.Class = provider.Busy
	case answer.StatusCode == http.StatusBadRequest, answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden:
		failure.Class, failure.Err = provider.Denied, cause
	}
	return failure
}
