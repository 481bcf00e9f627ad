package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Form is a form that is posted without the profile's credentials, to a separate server: a username and a password, for
// which an authorization server issues a token, or nothing but the token that renews one.
type Form struct {
	// Op is what is attempted: "log in".
	Op string
	// Setting is the setting that contains the server's address, for errors.
	Setting string
	// Server is the server's address, and Path the escaped path below it.
	Server, Path string
	// Fields are the values by their documented names.
	Fields url.Values
	// Secrets lists the fields whose values are never shown.
	Secrets []string
	// Bearer is the bearer token to send; "" for none. It is never shown.
	Bearer string
}

// CheckURL returns an error for an address that credentials must not be sent to, as [CheckBaseURL] does, with the
// setting that contains it.
func CheckURL(setting, text string, allowHTTP bool) error { return checkURL(setting, text, allowHTTP) }

// PostForm sends a form once, with the profile's proxy, trust, time limit and trace, and returns a response with a good
// status, whose body may be a secret. It needs neither the base URL nor a credential of Options.
//
// It fails before anything is sent on an address that nothing may be sent to and on files and a proxy that cannot be
// used, with the setting. Every other error is a [provider.Error]: Denied for 400, 401 and 403, by which OAuth 2.0
// servers refuse a password, and otherwise as for any request.
func PostForm(ctx context.Context, options Options, form Form) (*provider.Response, error) {
	options = options.withDefaults()
	if err := checkURL(form.Setting, form.Server, options.AllowHTTP); err != nil {
		return nil, err
	}
	client, err := newHTTPClient(options)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	redact := newRedactor(options.Auth)
	redact.learn(proxySecrets(options.Env)...)
	for _, name := range form.Secrets {
		redact.learn(form.Fields[name]...)
	}
	redact.learn(form.Bearer)
	post := &posting{form: form, options: options, redact: redact}
	target, err := newTarget(form.Server)
	if err != nil {
		return nil, err
	}
	return post.send(ctx, newSender(client, target, options.UserAgent), &tracer{write: options.Trace})
}

// posting is one form that is being sent.
type posting struct {
	form    Form
	options Options
	redact  *redactor
}

func (p *posting) send(ctx context.Context, sender sender, trace *tracer) (*provider.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, p.options.Timeout)
	defer cancel()
	sent := new(wire)
	address := strings.TrimRight(p.form.Server, "/") + p.form.Path
	header := http.Header{"Accept": {contentJSON}, "User-Agent": {p.options.UserAgent}}
	if len(p.form.Fields) > 0 {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if p.form.Bearer != "" {
		header.Set(authorization, bearer+p.form.Bearer)
	}
	traced := trace.request(p.redact, http.MethodPost, address, header, nil, nil) // the body is a credential
	answer, err := sender.send(sent.watch(ctx), http.MethodPost, address, header, []byte(p.form.Fields.Encode()))
	if err != nil {
		failure := p.lost(sent.mayHaveArrived(err), err)
		traced.failure(failure.Err)
		return nil, failure
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(p.options.MaxBody)+1))
	traced.answer(answer.StatusCode, nil, nil) // a header may repeat the token, which is not known yet
	switch {
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return nil, p.refused(answer, body)
	case err != nil:
		return nil, provider.BadResponse(p.form.Op, answer.StatusCode, p.redact.cause(err))
	case len(body) > p.options.MaxBody:
		return nil, provider.BadResponse(p.form.Op, answer.StatusCode, errTooLarge(p.options.MaxBody))
	}
	return &provider.Response{Status: answer.StatusCode, Body: body, Reason: func() string { return p.reason(body) }}, nil
}

// reason returns the server's own description of the problem.
func (p *posting) reason(body []byte) string {
	return p.redact.sentence((&Client{options: p.options}).reason(body))
}

// lost returns the error of a form that got no response.
func (p *posting) lost(written bool, err error) *provider.Error {
	host := "the server"
	if address, parseErr := url.Parse(p.form.Server); parseErr == nil {
		host = address.Host
	}
	failure := &provider.Error{Class: provider.Unsent, Op: p.form.Op}
	what := "nothing was sent to " + host
	if written {
		failure.Class = provider.Unknown
		what = "no response from " + host
	}
	next := nextStep(err)
	if lookup, failed := errors.AsType[*net.DNSError](err); failed && lookup.IsNotFound {
		next = "; check " + p.form.Setting
	}
	if errors.Is(err, context.DeadlineExceeded) {
		what += fmt.Sprintf(" within %s", p.options.Timeout)
	}
	failure.Err = p.redact.caused(what, err, next)
	return failure
}

// refused returns the error of a response whose status is not a success.
func (p *posting) refused(answer *http.Response, body []byte) *provider.Error {
	wait, asked := waitAfter(answer)
	failure := &provider.Error{
		Class: provider.ClassOfStatus(answer.StatusCode, asked), Op: p.form.Op, Status: answer.StatusCode, RetryAfter: wait,
		Detail: p.reason(body),
	}
	if answer.StatusCode == http.StatusBadRequest {
		failure.Class = provider.Denied
	}
	if location, err := answer.Location(); err == nil && answer.StatusCode/100 == 3 {
		failure.Err = fmt.Errorf("unexpected redirect to %q; check %s", p.redact.sentence(location.Host), p.form.Setting)
	}
	return failure
}
