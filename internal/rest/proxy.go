package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/bring-aboard/usher/pkg/provider"
)

// proxyRefusal is the error of a proxy that does not connect to the server.
type proxyRefusal struct {
	proxy  string // host and port
	status int
}

func (e *proxyRefusal) Error() string {
	return fmt.Sprintf("proxy %s returned %s", e.proxy, provider.StatusText(e.status))
}

// judgeConnect returns an error for a response to CONNECT that is not a success.
func judgeConnect(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusal{proxy: proxy.Host, status: answer.StatusCode}
}

// wantsProxyCredentials reports whether a proxy refused a connection without the username and password that it
// requires.
func wantsProxyCredentials(err error) bool {
	refusal, ok := errors.AsType[*proxyRefusal](err)
	return ok && refusal.status == http.StatusProxyAuthRequired
}

// proxyTo returns the host and port of the proxy through which a client sends
// requests to an address, "" if it sends them directly.
func proxyTo(client *http.Client, address *url.URL) string {
	front, ok := client.Transport.(*gate)
	if !ok || front.transport.Proxy == nil {
		return ""
	}
	proxy, err := front.transport.Proxy(&http.Request{URL: address})
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}

// throughProxy returns " through the proxy HOST" for an error without the proxy in it, "" for one with it or without a
// proxy.
func throughProxy(client *http.Client, address *url.URL, err error) string {
	proxy := proxyTo(client, address)
	if _, named := errors.AsType[*proxyRefusal](err); named || proxy == "" {
		return ""
	}
	return " through the proxy " + proxy
}
