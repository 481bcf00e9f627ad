// Package address validates and compares the base URLs of APIs.
package address

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Loopback is the host in normal form of every name of the loopback address.
const Loopback = "127.0.0.1"

// Error is the error for an invalid address. It repeats no part of the address that may be secret.
type Error struct {
	// Problem is a phrase without its subject: "must begin with https://".
	Problem string
	// Meant is the suggested address, "" for none.
	Meant string
}

// Error returns the problem and the suggested address.
func (e *Error) Error() string {
	if e.Meant == "" {
		return e.Problem
	}
	return e.Problem + " (did you mean " + e.Meant + "?)"
}

// Check returns an [*Error] unless the text is an absolute http or https URL with a host, and without a username,
// password, query, fragment, second address, white space and invisible characters.
func Check(text string) error {
	_, err := parse(text)
	return err
}

// Normal returns an address in the normal form of RFC 3986: two addresses with the same normal form are the same
// address. Scheme and host are in lower case, the host is in ASCII (IDNA) and without a final dot, every name of the
// loopback address is [Loopback], the default port and trailing slashes of the path are removed, dot segments are
// resolved, and percent escapes are in upper case and only for characters that require them. It fails as [Check] does.
func Normal(text string) (string, error) {
	p, err := parse(text)
	if err != nil {
		return "", err
	}
	normal := p.scheme + "://" + p.host
	if p.port != "" && p.port != defaultPorts()[p.scheme] {
		normal += ":" + p.port
	}
	return normal + normalPath(p.path), nil
}

// defaultPorts returns the default ports by scheme.
func defaultPorts() map[string]string { return map[string]string{"http": "80", "https": "443"} }

// parts are the parts of an address, all in normal form except the path.
type parts struct{ scheme, host, port, path string }

// notURL is the problem of a text that is not a URL.
const notURL = "must be a URL, for example https://api.example.com/v1"

// secondAddress matches the beginning of another address after the scheme.
var secondAddress = regexp.MustCompile(`(?i)://|https?:/`)

func parse(text string) (parts, error) {
	fail := func(problem string) (parts, error) { return parts{}, &Error{Problem: problem} }
	if text == "" {
		return fail("is required")
	}
	if strings.ContainsFunc(text, isHidden) {
		return fail("must not contain a space, a backslash or an invisible character")
	}
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return parts{}, &Error{Problem: "must begin with https://", Meant: meant(text)}
	}
	if scheme = strings.ToLower(scheme); scheme != "https" && scheme != "http" {
		return fail("must begin with https://")
	}
	parsed, err := url.Parse(text)
	switch {
	case strings.ContainsAny(rest, "?#"):
		return fail("must not contain a query or a fragment; omit everything from the first ? or #")
	case err == nil && parsed.User != nil || strings.Contains(authority(rest), "@"):
		return fail("must not contain a username or password; use a secret setting")
	case secondAddress.MatchString(rest):
		return fail("must not contain a second address; use one URL, for example https://api.example.com/v1")
	case err != nil || parsed.Hostname() == "":
		return fail(notURL)
	}
	p := parts{scheme: scheme, path: strings.TrimPrefix(rest, authority(rest))}
	var ok bool
	if p.host, ok = normalHost(parsed.Hostname()); !ok {
		return fail("must contain a valid host name or a full IP address")
	}
	if p.port, ok = normalPort(parsed.Port()); !ok {
		return fail("must have a port from 1 to 65535")
	}
	return p, nil
}

// authority returns the part before the path.
func authority(rest string) string {
	before, _, _ := strings.Cut(rest, "/")
	return before
}

// isHidden reports whether a character is invalid or invisible in an address.
func isHidden(r rune) bool {
	return r == '\\' || r == unicode.ReplacementChar || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zs)
}

// meant returns the suggested address for a text without a scheme, "" if the text may be a secret in the wrong place.
func meant(text string) string {
	if strings.ContainsAny(text, "@?#") {
		return ""
	}
	guess, err := parse("https://" + text)
	if err != nil || text != strings.ToLower(text) {
		return ""
	}
	name, _, _ := strings.Cut(authority(text), ":")
	labels := strings.Split(name, ".")
	isDomain := len(labels) > 1 && strings.Trim(labels[len(labels)-1], "abcdefghijklmnopqrstuvwxyz") == ""
	switch {
	case guess.host == Loopback:
		return "http://" + text
	case isDomain:
		return "https://" + text
	default:
		return ""
	}
}

// normalHost returns a host in normal form; ok is false if no host has this name.
func normalHost(host string) (normal string, ok bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return normalIP(ip), true
	}
	name, err := host, error(nil)
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		name, err = idna.Lookup.ToASCII(host) // as net/http does
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if ip, failure := netip.ParseAddr(name); err == nil && failure == nil {
		return normalIP(ip), true
	}
	switch {
	case err != nil || !isHostName(name):
		return "", false
	case name == "localhost" || strings.HasSuffix(name, ".localhost"): // RFC 6761, 6.3
		return Loopback, true
	default:
		return name, true
	}
}

// normalIP returns an IP address in the form for a URL.
func normalIP(ip netip.Addr) string {
	ip = ip.Unmap()
	switch {
	case ip.IsLoopback() || ip.IsUnspecified(): // a connection to 0.0.0.0 reaches this machine
		return Loopback
	case ip.Is4():
		return ip.String()
	default:
		return "[" + strings.Replace(ip.String(), "%", "%25", 1) + "]"
	}
}

// isHostName reports whether a name in lower case is a valid host name. Its last label must not be a number: some
// resolvers read 127.1 and 0x7f000001 as IP addresses.
func isHostName(name string) bool {
	const most, mostOfLabel = 253, 63
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > mostOfLabel || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	_, err := strconv.ParseUint(last, 0, 64)
	return len(name) <= most && err != nil && strings.Trim(last, "0123456789") != "" && !strings.HasPrefix(last, "0x")
}

// normalPort returns a port without leading zeros, "" for none.
func normalPort(port string) (normal string, ok bool) {
	if port == "" {
		return "", true
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return strconv.FormatUint(number, 10), err == nil && number > 0
}

// normalPath returns a path in normal form, "" for the root.
func normalPath(path string) string {
	var segments []string
	for segment := range strings.SplitSeq(normalEscapes(path), "/") {
		switch {
		case segment == ".":
		case segment != "..":
			segments = append(segments, segment)
		case len(segments) > 1:
			segments = segments[:len(segments)-1]
		}
	}
	return strings.TrimRight(strings.Join(segments, "/"), "/")
}

// normalEscapes returns a path with only the required escapes, in upper case. Reserved characters are not changed,
// because they have another meaning if escaped. Every % in the path must begin an escape.
func normalEscapes(path string) string {
	const inPath = "!$&'()*+,;=:@/" // in addition to the unreserved characters; RFC 3986, 3.3
	var normal strings.Builder
	for i := 0; i < len(path); i++ {
		char, isEscape := path[i], path[i] == '%'
		if isEscape {
			code, _ := strconv.ParseUint(path[i+1:i+3], 16, 8)
			char, i = byte(code), i+2
		}
		if isUnreserved(char) || !isEscape && strings.IndexByte(inPath, char) >= 0 {
			normal.WriteByte(char)
		} else {
			fmt.Fprintf(&normal, "%%%02X", char)
		}
	}
	return normal.String()
}

// isUnreserved reports whether a character is unreserved (RFC 3986, 2.3).
func isUnreserved(char byte) bool {
	return char >= 'a' && char <= 'z' || char >= 'A' && char <= 'Z' || char >= '0' && char <= '9' || strings.IndexByte("-._~", char) >= 0
}
