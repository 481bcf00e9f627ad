package rest

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

const (
	// connectTimeout bounds the dialling and, again, the TLS handshake. A
	// connection that is made outlives its request, so these have their own bound.
	connectTimeout = 10 * time.Second
	// idleTimeout closes a connection that nothing uses. It is shorter than the five
	// seconds after which common servers close one: a request that is written just
	// then is lost, and whether it was read is unknown.
	idleTimeout = 4 * time.Second
	// maxAnswerHeader bounds the header of a response in bytes.
	maxAnswerHeader = 1 << 20
)

// newHTTPClient returns a new client for resty: it follows no redirect, stores no cookie and uses HTTP/1.1 only.
func newHTTPClient(options Options) (*http.Client, error) {
	trust, err := tlsConfig(options)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFunc(options.Env)
	if err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: newGate(&http.Transport{
			Proxy:                  proxy,
			OnProxyConnectResponse: judgeConnect,
			DialContext:            options.Dial,
			TLSClientConfig:        trust,
			TLSHandshakeTimeout:    connectTimeout,
			Protocols:              protocols,
			MaxConnsPerHost:        options.Workers,
			MaxIdleConnsPerHost:    options.Workers,
			IdleConnTimeout:        idleTimeout,
			MaxResponseHeaderBytes: maxAnswerHeader,
		}, options.Wrap),
	}, nil
}

// withoutKeepAlive returns a client like this one that opens a new connection for
// each request and closes it afterwards.
func withoutKeepAlive(client *http.Client, options Options) *http.Client {
	fresh := *client
	if front, ok := client.Transport.(*gate); ok {
		alone := front.transport.Clone()
		alone.DisableKeepAlives = true
		fresh.Transport = newGate(alone, options.Wrap)
	}
	return &fresh
}

// tlsConfig requires TLS 1.2 or later, trusts the certificates of ca-file in addition to the system's own, and presents
// the client certificate.
func tlsConfig(options Options) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if options.CAFile != "" {
		pool, err := certPool(options.CAFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = pool
	}
	switch {
	case options.ClientCert != "":
		certificate, err := tls.LoadX509KeyPair(options.ClientCert, cmp.Or(options.ClientKey, options.ClientCert))
		if err != nil {
			return nil, fmt.Errorf("client-cert: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	case options.ClientKey != "":
		return nil, errors.New("client-key requires client-cert")
	}
	return config, nil
}

// certPool returns the system's pool with the certificates of a file added.
func certPool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca-file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("ca-file: could not read the system's certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("ca-file: %s contains no PEM certificate", file)
	}
	return pool, nil
}

// proxyConfig reads the proxy from the environment, as net/http does.
func proxyConfig(env func(string) string) httpproxy.Config {
	return httpproxy.Config{
		HTTPProxy:  cmp.Or(env("HTTP_PROXY"), env("http_proxy")),
		HTTPSProxy: cmp.Or(env("HTTPS_PROXY"), env("https_proxy")),
		NoProxy:    cmp.Or(env("NO_PROXY"), env("no_proxy")),
		CGI:        env("REQUEST_METHOD") != "",
	}
}

// proxySecrets returns the passwords of the proxies: a proxy may repeat them in an
// error.
func proxySecrets(env func(string) string) []string {
	var secrets []string
	config := proxyConfig(env)
	for _, text := range []string{config.HTTPProxy, config.HTTPSProxy} {
		address, err := url.Parse(withScheme(text))
		if err != nil {
			continue // proxyFunc refuses it
		}
		if password, ok := address.User.Password(); ok {
			secrets = append(secrets, password)
		}
	}
	return secrets
}

// proxyFunc reads the proxy from the environment, as net/http does, but anew for each client, and returns an error for
// an address that net/http would ignore.
func proxyFunc(env func(string) string) (func(*http.Request) (*url.URL, error), error) {
	config := proxyConfig(env)
	for _, variable := range [][2]string{{"HTTP_PROXY", config.HTTPProxy}, {"HTTPS_PROXY", config.HTTPSProxy}} {
		if name, value := variable[0], variable[1]; value != "" && !isProxy(value) {
			return nil, fmt.Errorf("environment variable %s: not a proxy URL, for example http://proxy.example.com:3128", name)
		}
	}
	choose := config.ProxyFunc()
	return func(request *http.Request) (*url.URL, error) { return choose(request.URL) }, nil
}

// isProxy reports whether a text can be used as a proxy's address, with or without a scheme.
func isProxy(text string) bool {
	address, err := url.Parse(withScheme(text))
	return err == nil && address.Host != ""
}

func withScheme(proxy string) string {
	if strings.Contains(proxy, "://") {
		return proxy
	}
	return "http://" + proxy
}
