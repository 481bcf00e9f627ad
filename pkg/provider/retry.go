package provider

import (
	"errors"
	"io"
	"net"
	"net/http"
)

// ErrNoToken is wrapped by the error of a request that was not sent, or that was refused with a 401, because no access
// token is available. Every other request of the same profile fails with it too, until the token server responds.
var ErrNoToken = errors.New("no access token")

// IsWorthReading reports whether a request that only reads may succeed if it is sent again unchanged after this error:
// the provider was busy (429), failed itself (5xx) or timed out (408, 425), the request was not sent, or the response
// was lost or cut off. It does not apply to a request that may have changed something.
func IsWorthReading(err error) bool {
	failure, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch failure.Class {
	case Busy, Unsent:
		return true
	case Unknown:
		return failure.isPassing()
	default:
		return false
	}
}

// isPassing reports whether the failure is temporary and not one of the request.
func (e *Error) isPassing() bool {
	switch {
	case e.Status == 0, e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooEarly:
		return true
	case e.Status == http.StatusNotImplemented, e.Status == http.StatusHTTPVersionNotSupported:
		return false
	case 500 <= e.Status && e.Status <= 599:
		return true
	default:
		return e.Status/100 == 2 && IsCut(e)
	}
}

// IsCut reports whether a response ended before its value did, because it was short or its connection was lost.
func IsCut(err error) bool {
	lost, ok := errors.AsType[*net.OpError](err) // a reset, for example
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || ok && !lost.Timeout()
}
