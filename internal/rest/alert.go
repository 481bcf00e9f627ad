package rest

import (
	"errors"
	"net"
	"reflect"
)

// The TLS alerts by which a server refuses the client's certificate, or reports that there is none (RFC 8446, 6.2).
// Those between the first and the last are about a certificate too.
const (
	alertBadCertificate      = 42
	alertCertificateUnknown  = 46
	alertUnknownCA           = 48
	alertCertificateRequired = 116
)

// isCertificateAlert reports whether a server ended the TLS handshake because of the client's certificate. In TLS 1.3
// the client has sent its first request by then, and the server has not read it.
func isCertificateAlert(err error) bool {
	failure, ok := errors.AsType[*net.OpError](err)
	if !ok || failure.Op != "remote error" {
		return false
	}
	// The alert is a number of a type that crypto/tls does not export.
	alert := reflect.ValueOf(failure.Err)
	if alert.Kind() != reflect.Uint8 || alert.Type().PkgPath() != "crypto/tls" {
		return false
	}
	code := alert.Uint()
	return alertBadCertificate <= code && code <= alertCertificateUnknown || code == alertUnknownCA || code == alertCertificateRequired
}
