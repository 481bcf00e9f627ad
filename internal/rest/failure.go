package rest

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"

	"github.com/bring-aboard/usher/pkg/provider"
)

// lost returns the error of a request that got no response. What cannot have arrived did not happen.
func (c *Client) lost(request provider.Request, redact *redactor, arrived bool, err error) *provider.Error {
	failure := &provider.Error{Class: provider.Unsent, Op: request.Op}
	what := "nothing was sent to " + c.target.base.Host
	if arrived {
		failure.Class = provider.Unknown
		what = "no response from " + c.target.base.Host
	}
	what += throughProxy(c.http, c.target.base, err)
	if errors.Is(err, context.DeadlineExceeded) {
		what += fmt.Sprintf(" within %s", c.options.Timeout)
	}
	failure.Err = redact.caused(what, err, nextStep(err))
	return failure
}

// nextStep returns what may help, "" if that is not known.
func nextStep(err error) string {
	_, untrusted := errors.AsType[x509.UnknownAuthorityError](err)
	lookup, failed := errors.AsType[*net.DNSError](err)
	switch {
	case isCertificateAlert(err):
		return "; client-cert: the server requires a client certificate"
	case wantsProxyCredentials(err):
		return "; set HTTPS_PROXY with the proxy's username and password"
	case untrusted:
		return "; ca-file: set it to the certificate of your own authority, if you have one"
	case failed && lookup.IsNotFound:
		return "; check base-url"
	case errors.Is(err, context.DeadlineExceeded):
		return "; --timeout sets the limit"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "; raise the limit of open files (ulimit -n 1024)"
	default:
		return ""
	}
}

// refused returns the error of a response whose status is not a success, and whose body was read with an error, nil if
// it is complete.
func (c *Client) refused(request provider.Request, redact *redactor, answer *http.Response, body []byte, cut error) *provider.Error {
	limited := *answer
	limited.Header = withCommonQuota(answer.Header, c.options.Quota)
	wait, asked := waitAfter(&limited)
	failure := &provider.Error{
		Class:      classOf(request, answer, body, cut, asked),
		Op:         request.Op,
		Status:     answer.StatusCode,
		Detail:     redact.sentence(c.reason(body)),
		RetryAfter: wait,
	}
	if class, ambiguous, ok := documentedClass(request, answer, body, cut, failure.Class); ok {
		failure.Class, failure.Ambiguous = class, ambiguous
	}
	if failure.Class == provider.NotFound {
		failure.Absence = absenceOf(request, answer, body)
	}
	if proxy := proxyTo(c.http, c.target.base); proxy != "" && answer.StatusCode == http.StatusProxyAuthRequired {
		refusal := &proxyRefusal{proxy: proxy, status: answer.StatusCode}
		failure.Class, failure.Status, failure.Err = provider.Unsent, 0, redact.caused("nothing was sent to "+c.target.base.Host, refusal, nextStep(refusal))
	}
	if location, err := answer.Location(); err == nil && answer.StatusCode/100 == 3 {
		failure.Err = provider.Quotef("unexpected redirect to %s; check base-url", redact.sentence(location.Host))
	}
	return failure
}

// reason reads an error body, as the provider documents it or else as is common.
func (c *Client) reason(body []byte) string {
	if c.options.Reason != nil {
		if reason := c.options.Reason(body); reason != "" {
			return reason
		}
	}
	return genericReason(body)
}

// unauthenticated returns the error of credentials that could not be had. Nothing was written.
func (c *Client) unauthenticated(request provider.Request, err error) *provider.Error {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure
	}
	return &provider.Error{Class: provider.Unsent, Op: request.Op, Err: c.redact.caused("the credentials could not be read", err, "")}
}

// notRenewed returns the error of a 401 after which the credentials could not be renewed: a token may come later, a
// secret that cannot be resolved will not.
func (c *Client) notRenewed(denied *provider.Error, err error) *provider.Error {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure
	}
	denied.Err = c.redact.caused("the credentials could not be renewed", err, "")
	return denied
}

// errTooLarge is the error of a response beyond the size limit.
type errTooLarge int

func isTooLarge(err error) bool {
	_, ok := errors.AsType[errTooLarge](err)
	return ok
}

func (e errTooLarge) Error() string { return fmt.Sprintf("larger than %d bytes", int(e)) }
