package rest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Whatever a proxy refuses, and however, the error names the proxy without its
// credentials, and nothing was sent.
func TestProxyRefusals(t *testing.T) {
	for name, answer := range map[string]string{
		"407": "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "403": "HTTP/1.1 403 Forbidden\r\n\r\n",
		"502": "HTTP/1.1 502 Bad Gateway\r\nX-Echo: proxy-secret\r\n\r\nproxy-secret", "garbage": "proxy-secret\r\n\r\n", "nothing": "", "cut": "HTTP/1.1 200",
		"no TLS": "HTTP/1.1 200 OK\r\n\r\nproxy-secret", "204": "HTTP/1.1 204 No Content\r\n\r\n",
	} {
		proxy := serveRaw(t, func(_ int, conn net.Conn, input *bufio.Reader) {
			if _, err := http.ReadRequest(input); err == nil {
				_, _ = io.WriteString(conn, answer)
			}
		})
		host := strings.TrimPrefix(proxy, "http://")
		schemes := []string{"https"}
		if name == "407" {
			schemes = append(schemes, "http")
		}
		for _, scheme := range schemes {
			t.Run(name+" over "+scheme, func(t *testing.T) {
				client := newClient(t, Options{BaseURL: scheme + "://api.example.com", AllowHTTP: true, Env: environment(map[string]string{
					"HTTPS_PROXY": "http://user:proxy-secret@" + host, "HTTP_PROXY": "http://user:proxy-secret@" + host,
				})})
				_, err := client.Do(t.Context(), create())
				wantClass(t, err, provider.Unsent)
				if text := fmt.Sprint(err); !strings.Contains(text, "proxy "+host) || !strings.Contains(text, "api.example.com") ||
					strings.Contains(text, "proxy-secret") || strings.Contains(text, "user@") {
					t.Errorf("got %s", text)
				}
			})
		}
	}
	t.Run("none there", func(t *testing.T) {
		client := newClient(t, Options{BaseURL: "https://api.example.com", Env: environment(map[string]string{"HTTPS_PROXY": "http://user:proxy-secret@127.0.0.1:1"})})
		_, err := client.Do(t.Context(), create())
		wantClass(t, err, provider.Unsent)
		if !strings.Contains(err.Error(), "through the proxy 127.0.0.1:1:") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("407 without a proxy", func(t *testing.T) {
		base := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
		_, err := newClient(t, Options{BaseURL: base, Env: environment(nil)}).Do(t.Context(), create())
		wantClass(t, err, provider.Invalid)
	})
}

// A server that wants another certificate, or any, has read no request, although in
// TLS 1.3 the request was written before the client learns of that.
func TestCertificateThatTheServerRefuses(t *testing.T) {
	own, other := newCA(t), newCA(t)
	pool := x509.NewCertPool()
	pool.AddCert(own.certificate)
	_, foreign, foreignKey := other.issue(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		if version == tls.VersionTLS13 && runtime.GOOS != "linux" {
			continue // the connection's reset may overtake the alert, and the outcome is then unknown
		}
		for name, options := range map[string]Options{"none": {}, "another": {ClientCert: foreign, ClientKey: foreignKey}} {
			t.Run(name+" in "+tls.VersionName(version), func(t *testing.T) {
				options.CAFile = own.file
				options.BaseURL = serveTLSWith(t, own, &tls.Config{
					ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: version, MaxVersion: version,
				}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came") }))
				_, err := newClient(t, options).Do(t.Context(), create())
				wantClass(t, err, provider.Unsent)
				// The alert of TLS 1.2 for a certificate that is missing may mean anything else.
				if general := version == tls.VersionTLS12 && name == "none"; !general && !strings.Contains(err.Error(), "client-cert") {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}
