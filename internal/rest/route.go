package rest

import (
	"cmp"
	"net/http"
	"net/url"
)

// Route is the proxy through which requests to the base URL go.
type Route struct {
	// Proxy is the proxy's address without its credentials; "" if there is none.
	Proxy string
	// Variable is the environment variable that sets the proxy, "" if none does.
	Variable string
	// Exempt reports that a variable sets a proxy and this host is reached without it: by NO_PROXY, or because it is
	// this machine.
	Exempt bool
}

// RouteOf reads the proxy for the base URL from the environment. It fails on a value that is not an address, with the
// variable.
func RouteOf(options Options) (Route, error) {
	options = options.withDefaults()
	choose, err := proxyFunc(options.Env)
	if err != nil {
		return Route{}, err
	}
	address, err := url.Parse(options.BaseURL)
	if err != nil {
		return Route{}, CheckBaseURL(options.BaseURL, true)
	}
	names := [2]string{"HTTPS_PROXY", "https_proxy"}
	if address.Scheme == "http" {
		names = [2]string{"HTTP_PROXY", "http_proxy"}
	}
	route := Route{}
	for _, name := range names {
		if options.Env(name) != "" {
			route.Variable = cmp.Or(route.Variable, name)
		}
	}
	chosen, err := choose(&http.Request{URL: address})
	if err != nil {
		return Route{}, newRedactor(options.Auth).cause(err)
	}
	if chosen == nil {
		route.Exempt = route.Variable != ""
		return route, nil
	}
	route.Proxy = (&url.URL{Scheme: chosen.Scheme, Host: chosen.Host}).String()
	return route, nil
}
