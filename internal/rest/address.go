package rest

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/bring-aboard/usher/internal/address"
	"github.com/bring-aboard/usher/pkg/provider"
)

// CheckBaseURL returns an error for a base URL that requests cannot be joined to or that credentials must not be sent
// to: one that [address.Check] refuses, or plain http beyond the loopback address unless allowHTTP. The error contains
// the setting and the next step, and no part that may be secret.
func CheckBaseURL(text string, allowHTTP bool) error {
	return checkURL("base-url", text, allowHTTP)
}

// checkURL is CheckBaseURL for any setting.
func checkURL(setting, text string, allowHTTP bool) error {
	if err := address.Check(text); err != nil {
		return fmt.Errorf("%s %w", setting, err)
	}
	parsed, err := url.Parse(text)
	if err == nil && parsed.Scheme == "http" && !allowHTTP && !isLoopback(parsed.Hostname()) {
		return fmt.Errorf("%s: http:// would send credentials to %s unencrypted; use https://, or set \"allow-http: true\" in the profile", setting, parsed.Host)
	}
	return err
}

// isLoopback reports whether requests to a host stay on this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// target is the address that requests are sent to.
type target struct {
	base *url.URL
	root string // of every address: the base without a slash at its end
}

// newTarget parses a base URL that CheckBaseURL accepts.
func newTarget(base string) (target, error) {
	address, err := url.Parse(base)
	if err != nil {
		return target{}, CheckBaseURL(base, true)
	}
	address.Host = strings.ToLower(address.Host)
	root := address.Scheme + "://" + address.Host + strings.TrimRight(address.EscapedPath(), "/")
	return target{base: address, root: root}, nil
}

// address returns the whole URL of a request, joined with exactly one slash.
func (t target) address(request provider.Request) (string, error) {
	if !strings.HasPrefix(request.Path, "/") || strings.ContainsAny(request.Path, "?#") {
		return "", errors.New("path: must be escaped and begin with a slash")
	}
	if len(request.Query) == 0 && isPlain(request.Path) {
		return t.root + "/" + strings.TrimLeft(request.Path, "/"), nil
	}
	address, err := url.Parse(t.root + "/" + strings.TrimLeft(request.Path, "/"))
	if err != nil {
		return "", errors.New("path: invalid escape")
	}
	for segment := range strings.SplitSeq(address.Path, "/") {
		if segment == "." || segment == ".." {
			return "", fmt.Errorf("%q cannot be part of a path", segment)
		}
	}
	address.RawQuery = request.Query.Encode()
	return address.String(), nil
}

// isPlain reports whether a path consists of slashes, letters, digits, - and _, as those of most requests do. It needs
// no escaping.
func isPlain(path string) bool {
	return strings.IndexFunc(path, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '/' && r != '-' && r != '_'
	}) < 0
}

// origin returns the scheme and the host: "https://api.example.com".
func (t target) origin() string { return t.base.Scheme + "://" + t.base.Host }

// guard returns an error for a URL with another scheme or host than the base URL's.
func (t target) guard(address *url.URL) error {
	if address.Scheme != t.base.Scheme || !strings.EqualFold(address.Host, t.base.Host) || address.User != nil {
		return fmt.Errorf("credentials for %s are not sent to %s", t.origin(), address.Host)
	}
	return nil
}
