package rest

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/provider"
)

// CheckBaseURL refuses a base URL that requests cannot stand below, or that
// credentials must not be sent to: one without a scheme, with another scheme
// than http or https, with a user name, a query or a fragment, or with plain
// http beyond the loopback address unless allowHTTP. The error names the
// setting and the next step, and repeats no part that may be secret.
func CheckBaseURL(text string, allowHTTP bool) error {
	return checkURL("base-url", text, allowHTTP)
}

// checkURL is CheckBaseURL for a setting of any name.
func checkURL(setting, text string, allowHTTP bool) error {
	if text == "" {
		return fmt.Errorf("%s is not set", setting)
	}
	scheme, _, found := strings.Cut(text, "://")
	if !found {
		return missingScheme(setting, text)
	}
	if scheme = strings.ToLower(scheme); scheme != "https" && scheme != "http" {
		return fmt.Errorf("%s must begin with https://", setting)
	}
	address, err := url.Parse(text)
	switch {
	case err != nil || address.Hostname() == "" || !utf8.ValidString(address.Host):
		return fmt.Errorf("%s is not a URL such as https://api.example.com/v1", setting)
	case address.User != nil:
		return fmt.Errorf("%s holds a user name or a password: leave it out, and store the credential as a secret setting", setting)
	case strings.ContainsAny(text, "?#"):
		return fmt.Errorf("%s holds a query or a fragment: leave out everything from the first ? or #", setting)
	case scheme == "http" && !allowHTTP && !isLoopback(address.Hostname()):
		return fmt.Errorf("%s would send the credentials to %s in clear: use https://, or set \"allow-http: true\" in the profile", setting, address.Host)
	default:
		return nil
	}
}

// missingScheme suggests the address that was probably meant.
func missingScheme(setting, text string) error {
	host, _, _ := strings.Cut(text, "/")
	meant, err := url.Parse("https://" + text)
	if err != nil || meant.Hostname() == "" || strings.ContainsAny(text, "@?#") {
		return fmt.Errorf("%s must begin with https://", setting)
	}
	if isLoopback(meant.Hostname()) {
		meant.Scheme = "http"
	}
	return fmt.Errorf("%s %q has no scheme: did you mean %s?", setting, host, meant)
}

// isLoopback tells whether requests to a host stay on this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// target is where requests go.
type target struct {
	base *url.URL
	root string // of every address: the base without a slash at its end
}

// newTarget takes a base URL that CheckBaseURL has passed.
func newTarget(base string) (target, error) {
	address, err := url.Parse(base)
	if err != nil {
		return target{}, CheckBaseURL(base, true)
	}
	address.Host = strings.ToLower(address.Host)
	root := address.Scheme + "://" + address.Host + strings.TrimRight(address.EscapedPath(), "/")
	return target{base: address, root: root}, nil
}

// address gives the whole URL of a request, joined with exactly one slash.
func (t target) address(request provider.Request) (string, error) {
	if !strings.HasPrefix(request.Path, "/") || strings.ContainsAny(request.Path, "?#") {
		return "", errors.New("the path is not an escaped path that begins with a slash")
	}
	if len(request.Query) == 0 && isPlain(request.Path) {
		return t.root + "/" + strings.TrimLeft(request.Path, "/"), nil
	}
	address, err := url.Parse(t.root + "/" + strings.TrimLeft(request.Path, "/"))
	if err != nil {
		return "", errors.New("the path is not correctly escaped")
	}
	for segment := range strings.SplitSeq(address.Path, "/") {
		if segment == "." || segment == ".." {
			return "", fmt.Errorf("no path can hold the name %q", segment)
		}
	}
	address.RawQuery = request.Query.Encode()
	return address.String(), nil
}

// isPlain tells whether a path consists of slashes, letters, digits, - and _: it
// stands in a URL as it is, as those of most requests do.
func isPlain(path string) bool {
	return strings.IndexFunc(path, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '/' && r != '-' && r != '_'
	}) < 0
}

// origin gives the scheme and the host: "https://api.example.com".
func (t target) origin() string { return t.base.Scheme + "://" + t.base.Host }

// guard refuses a URL with another scheme or host than the base URL's.
func (t target) guard(address *url.URL) error {
	if address.Scheme != t.base.Scheme || !strings.EqualFold(address.Host, t.base.Host) || address.User != nil {
		return fmt.Errorf("credentials for %s are not sent to %s", t.origin(), address.Host)
	}
	return nil
}
