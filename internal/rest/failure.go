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

// lost judges a request that got no answer: what cannot have arrived did not happen.
func (c *Client) lost(request provider.Request, redact *redactor, arrived bool, err error) *provider.Error {
	failure := &provider.Error{Class: provider.Unsent, Op: request.Op}
	what := "nothing was sent to " + c.target.base.Host
	if arrived {
		failure.Class = provider.Unknown
		what = "the request was sent and no answer came from " + c.target.base.Host
	}
	what += throughProxy(c.http, c.target.base, err)
	if errors.Is(err, context.DeadlineExceeded) {
		what += fmt.Sprintf(" within %s", c.options.Timeout)
	}
	failure.Err = redact.caused(what, err, nextStep(err))
	return failure
}

// nextStep says what may help, where that is known.
func nextStep(err error) string {
	_, untrusted := errors.AsType[x509.UnknownAuthorityError](err)
	lookup, failed := errors.AsType[*net.DNSError](err)
	switch {
	case isCertificateAlert(err):
		return ": client-cert sets the certificate that the server asks for"
	case wantsProxyCredentials(err):
		return ": set HTTPS_PROXY with the user name and the password that it takes"
	case untrusted:
		return ": if this authority is your own, name the file of its certificate as ca-file"
	case failed && lookup.IsNotFound:
		return ": is base-url right?"
	case errors.Is(err, context.DeadlineExceeded):
		return ": --timeout sets the limit"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return ": raise the limit of open files (ulimit -n 1024)"
	default:
		return ""
	}
}

// refused judges an answer whose status is not a success, and whose body was read
// with an error, nil if it is complete.
func (c *Client) refused(request provider.Request, redact *redactor, answer *http.Response, body []byte, cut error) *provider.Error {
	wait, asked := waitAfter(answer)
	failure := &provider.Error{
		Class:      classOf(request, answer, body, cut, asked),
		Op:         request.Op,
		Status:     answer.StatusCode,
		Reason:     redact.sentence(c.reason(body)),
		RetryAfter: wait,
	}
	if failure.Class == provider.NotFound {
		failure.Absence = absenceOf(request, answer, body)
	}
	if proxy := proxyTo(c.http, c.target.base); proxy != "" && answer.StatusCode == http.StatusProxyAuthRequired {
		refusal := &proxyRefusal{proxy: proxy, status: answer.StatusCode}
		failure.Class, failure.Status, failure.Err = provider.Unsent, 0, redact.caused("nothing was sent to "+c.target.base.Host, refusal, nextStep(refusal))
	}
	if location, err := answer.Location(); err == nil && answer.StatusCode/100 == 3 {
		failure.Err = fmt.Errorf("redirects are not followed, this one leads to %q: is base-url right?", redact.sentence(location.Host))
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

// unauthenticated judges a failure to get credentials: nothing was written.
func (c *Client) unauthenticated(request provider.Request, err error) *provider.Error {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure
	}
	return &provider.Error{Class: provider.Unsent, Op: request.Op, Err: c.redact.caused("the credentials are not at hand", err, "")}
}

// notRenewed judges a 401 after which the credentials could not be renewed: a
// token may come later, a secret that cannot be resolved will not.
func (c *Client) notRenewed(denied *provider.Error, err error) *provider.Error {
	if failure, ok := errors.AsType[*provider.Error](err); ok {
		return failure
	}
	denied.Err = c.redact.caused("the credentials could not be renewed", err, "")
	return denied
}

// errTooLarge is the fault of an answer beyond the size limit.
type errTooLarge int

func isTooLarge(err error) bool {
	_, ok := errors.AsType[errTooLarge](err)
	return ok
}

func (e errTooLarge) Error() string { return fmt.Sprintf("it is larger than %d bytes", int(e)) }
