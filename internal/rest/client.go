package rest

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Client is a [provider.Transport] for one profile. It is safe for concurrent use.
type Client struct {
	options     Options
	target      target
	http        *http.Client
	kept        sender
	fresh       sender // keeps no connection
	credentials *credentials
	redact      *redactor
	trace       *tracer
}

// New returns a new client. It sends nothing and resolves no secret. It fails on an address that nothing may be sent
// to, on a credential that the profile does not set, and on files and a proxy that cannot be used; the error contains
// the setting.
func New(options Options) (*Client, error) {
	options = options.withDefaults()
	if err := options.checkAddresses(); err != nil {
		return nil, err
	}
	if err := options.checkCredentials(); err != nil {
		return nil, err
	}
	target, err := newTarget(options.BaseURL)
	if err != nil {
		return nil, err
	}
	client, err := newHTTPClient(options)
	if err != nil {
		return nil, err
	}
	redact := newRedactor(options.Auth)
	redact.learn(proxySecrets(options.Env)...)
	c := &Client{
		options: options,
		target:  target,
		http:    client,
		kept:    newSender(client, target, options.UserAgent),
		fresh:   newSender(withoutKeepAlive(client, options), target, options.UserAgent),
		redact:  redact,
		trace:   &tracer{write: options.Trace},
	}
	if c.credentials, err = c.newCredentials(client); err != nil {
		return nil, err
	}
	return c, nil
}

// newCredentials prepares the authentication. Tokens are fetched through the
// same connections, proxy and trust as all requests.
func (c *Client) newCredentials(client *http.Client) (*credentials, error) {
	used := c.options.Auth.Uses(c.options.IsSet)
	made := &credentials{auth: used, plain: c.options.Setting, secret: c.options.Secret, redact: c.redact, login: c.logIn}
	exchange := used.ClientCredentials
	if exchange == nil {
		return made, nil
	}
	address := c.options.tokenURL(*exchange)
	target, err := newTarget(address)
	if err != nil {
		return nil, err
	}
	made.tokens = &tokenSource{
		settings: *exchange,
		address:  address,
		setting:  c.options.Setting,
		client: &http.Client{
			CheckRedirect: client.CheckRedirect,
			Transport:     tracedTripper{next: newSender(client, target, c.options.UserAgent), trace: c.trace, redact: c.redact},
		},
		timeout: c.options.Timeout,
		redact:  c.redact,
	}
	return made, nil
}

// Prepare resolves every secret of the profile, so that one that cannot be resolved is found before the first request.
// It sends nothing. The error is that of [Options].Secret, or that of a secret that cannot be used.
func (c *Client) Prepare(ctx context.Context) error {
	_, err := c.credentials.resolved(ctx)
	return err
}

// Close closes the connections that no request uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do sends a request once. If the response is a 401 of class Denied, which did nothing, and the credentials can be
// renewed, it is sent once more. Every error is a [provider.Error]; one without a status whose class is Unsent, Busy or
// Denied promises that nothing was written.
func (c *Client) Do(ctx context.Context, request provider.Request) (*provider.Response, error) {
	address, err := c.target.address(request)
	if err != nil {
		return nil, &provider.Error{Class: provider.Invalid, Op: request.Op, Err: err}
	}
	used, err := c.credentials.get(ctx)
	if err != nil {
		return nil, c.unauthenticated(request, err)
	}
	response, failure := c.send(ctx, request, address, used)
	if failure == nil {
		return response, nil
	}
	if failure.Status != http.StatusUnauthorized || failure.Class != provider.Denied {
		return nil, failure
	}
	renewed, err := c.credentials.renew(ctx, used)
	switch {
	case err != nil:
		return nil, c.notRenewed(failure, err)
	case renewed == used:
		return nil, failure
	}
	if response, failure = c.send(ctx, request, address, renewed); failure != nil {
		if failure.Status == http.StatusUnauthorized {
			c.credentials.reject(renewed)
		}
		return nil, failure
	}
	return response, nil
}

// send sends a request with these credentials, once.
func (c *Client) send(ctx context.Context, request provider.Request, address string, used *grant) (*provider.Response, *provider.Error) {
	redact := c.redact.with(secretsAt(request.Body, request.Secrets))
	limited, waiting := withPatience(ctx, c.options.Timeout, request.Read != nil)
	defer waiting.end()
	sent := new(wire)
	sender, header := c.kept, headerOf(request, c.options.UserAgent, used.header)
	if isFresh(ctx, request) {
		sender = c.fresh
		header["Cache-Control"] = []string{"no-cache"}
	}
	traced := c.trace.request(redact, request.Method, address, header, request.Body, request.Secrets)

	raw, err := sender.send(sent.watch(limited), request.Method, address, header, bodyOf(request)) //nolint:bodyclose // read and stream close it
	if err != nil {
		failure := c.lost(request, redact, sent.mayHaveArrived(err), err)
		traced.failure(failure.Err)
		return nil, failure
	}
	if request.Read != nil && 200 <= raw.StatusCode && raw.StatusCode <= 299 {
		traced.answer(raw.StatusCode, raw.Header, nil)
		c.noteLimit(raw)
		return c.stream(request, redact, raw, waiting)
	}
	body, err := c.read(raw)
	if err == nil && request.Method == http.MethodGet {
		err = checkWhole(body)
	}
	redact.learn(secretsAt(body, request.AnswerSecrets)...)
	traced.answer(raw.StatusCode, raw.Header, body)
	c.noteLimit(raw)
	if raw.StatusCode < 200 || raw.StatusCode > 299 {
		return nil, c.refused(request, redact, raw, body, err)
	}
	if err != nil {
		failure := provider.BadResponse(request.Op, raw.StatusCode, redact.cause(err))
		failure.Answered = changes(request) && isTooLarge(err)
		return nil, failure
	}
	return &provider.Response{
		Status: raw.StatusCode, Header: raw.Header, Body: body, Address: address,
		Reason:   func() string { return redact.sentence(c.reason(body)) },
		Sentence: redact.sentence,
	}, nil
}

// read returns a response's body, and what could be read of one that is cut off.
// The connection of a 101 belongs to the reader and would not end.
func (c *Client) read(answer *http.Response) ([]byte, error) {
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(c.options.MaxBody)+1))
	if len(body) > c.options.MaxBody {
		return nil, errTooLarge(c.options.MaxBody)
	}
	return bytes.TrimPrefix(body, []byte(byteOrderMark)), err
}

// noteLimit hands on what a response says about the rate limit.
func (c *Client) noteLimit(answer *http.Response) {
	if c.options.OnLimit == nil || answer.StatusCode > 299 && answer.StatusCode != http.StatusTooManyRequests {
		return
	}
	header := withCommonQuota(answer.Header, c.options.Quota)
	if !speaksOfLimit(header) {
		return
	}
	if limit, ok := parseLimit(header, clockOf(header)); ok {
		c.options.OnLimit(limit)
	}
}
