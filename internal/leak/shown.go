package leak

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The functions in this file decide what may be shown of a text that should not contain a secret and may: an
// administrator pastes a token into the wrong place, and no list, error or report repeats it.

// Redacted replaces a secret.
const Redacted = "[redacted]"

// Mask returns a text in which everything that looks like a secret is "[redacted]": tokens and keys with a known
// beginning, JSON web tokens, what follows Bearer and Basic, the credentials in a URL.
func Mask(text string) string {
	text = userInfo().ReplaceAllString(text, "//"+Redacted+"@")
	text = credentials().ReplaceAllStringFunc(text, func(found string) string {
		scheme, value, _ := strings.Cut(found, " ")
		if !strings.ContainsAny(value, "0123456789") { // "Basic authentication"
			return found
		}
		return scheme + " " + Redacted
	})
	return token().ReplaceAllString(text, Redacted)
}

// Looks reports whether a text contains what looks like a secret.
func Looks(text string) bool { return Mask(text) != text }

// userInfo matches a username and a password in a URL.
func userInfo() *regexp.Regexp { return regexp.MustCompile(`//[^/\s"']*@`) }

// credentials matches an authentication scheme with what may be its credentials.
func credentials() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:bearer|basic) +[^\s"']{6,}`)
}

// token matches the tokens and keys whose beginnings their issuers document.
func token() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:AGE-SECRET-KEY-|sk[_-]|rk_|whsec_|gh[opusr]_|github_pat_|glpat-|xox[abeoprs]-|ory_(?:pat|at|st|rt|ac)_|AKIA|eyJ[a-z0-9_-]{8,}\.)[^\s"',;]{4,}|-----BEGIN [^-]*PRIVATE KEY-----.*`)
}

// Name returns an unknown name from outside, in quotes after a space; "" for one that may be a secret: a name is short
// and has letters, hyphens and underscores only.
func Name(name string) string {
	isLetter := func(r rune) bool {
		return r == '-' || r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if name == "" || len(name) > 24 || slices.ContainsFunc([]rune(name), func(r rune) bool { return !isLetter(r) }) || Looks(name) {
		return ""
	}
	return fmt.Sprintf(" %q", name)
}

// Address returns the text of a URL without what may be secret in it: the username and the password, the query, the
// fragment. It does so for a text that is not a URL, too.
func Address(text string) string {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "", text
	} else {
		scheme += "://"
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		rest = Redacted + rest[at:]
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 && i+1 < len(rest) {
		rest = rest[:i+1] + Redacted
	}
	return Mask(scheme + rest)
}
