package secret

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-shellwords"
)

// scheme is the kind of place where a secret is stored.
type scheme string

const (
	schemeEnv     scheme = "env"
	schemeFile    scheme = "file"
	schemeKeyring scheme = "keyring"
	schemeExec    scheme = "exec"
)

// Reference is where a secret is stored. It is not secret itself. References are comparable; the zero Reference refers
// to nothing.
type Reference struct {
	scheme scheme
	rest   string
}

// FromEnv returns the reference to an environment variable.
func FromEnv(name string) Reference { return Reference{scheme: schemeEnv, rest: name} }

// FromKeyring returns the reference to an entry of the system keyring. An empty account means the one that
// [Resolver.Resolve] receives.
func FromKeyring(account string) Reference { return Reference{scheme: schemeKeyring, rest: account} }

// ParseError is why a text is not a reference. It does not contain the text.
type ParseError struct {
	// Scheme is the reference's scheme, "" if the text has no known one.
	Scheme string
	// Problem is a phrase without a full stop.
	Problem string
}

// Error returns the problem, after the scheme if there is one.
func (e *ParseError) Error() string {
	if e.IsLiteral() {
		return e.Problem
	}
	return e.Scheme + ": " + e.Problem
}

// IsLiteral reports whether the text has no scheme, so that it may be a secret in plain text.
func (e *ParseError) IsLiteral() bool { return e.Scheme == "" }

// Parse reads a reference: env:NAME, file:PATH, keyring:, keyring:ACCOUNT or
// exec:COMMAND ARGS. Every error is a [*ParseError].
func Parse(text string) (Reference, error) {
	name, rest, found := strings.Cut(strings.TrimSpace(text), ":")
	ref := Reference{scheme: scheme(name), rest: strings.TrimSpace(rest)}
	if !found || !ref.scheme.known() {
		return Reference{}, &ParseError{Problem: "secret in plain text; use a reference: env:NAME, file:PATH, keyring: or exec:COMMAND"}
	}
	if problem := ref.problem(); problem != "" {
		return Reference{}, &ParseError{Scheme: name, Problem: problem}
	}
	return ref, nil
}

func (s scheme) known() bool {
	switch s {
	case schemeEnv, schemeFile, schemeKeyring, schemeExec:
		return true
	default:
		return false
	}
}

// problem returns what is wrong with the part after the scheme, "" for nothing.
func (r Reference) problem() string {
	if !utf8.ValidString(r.rest) || strings.ContainsFunc(r.rest, unicode.IsControl) {
		return "the reference contains a control character or invalid UTF-8"
	}
	switch r.scheme {
	case schemeEnv:
		if !isVariableName(r.rest) {
			return "name of an environment variable required (letters, digits and _, not starting with a digit)"
		}
	case schemeFile:
		if r.rest == "" {
			return "path of a file required"
		}
	case schemeExec:
		if _, err := r.command(); err != nil {
			return err.Error()
		}
	}
	return ""
}

func isVariableName(name string) bool {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}

// command splits the command line of an exec: reference into its words.
// Quotes and backslashes work as in a shell; variables are not expanded.
func (r Reference) command() ([]string, error) {
	parser := shellwords.NewParser()
	parser.ParseEnv, parser.ParseBacktick, parser.ParseComment = false, false, false
	words, err := parser.Parse(r.rest)
	switch {
	case err != nil:
		return nil, errors.New("unpaired quote, bracket or backslash in the command line")
	case parser.Position >= 0:
		return nil, errors.New("the command runs without a shell: quote ; & | < > or use sh -c '...'")
	case len(words) == 0 || words[0] == "":
		return nil, errors.New("command required")
	}
	return words, nil
}

// String returns the text that Parse reads. It is safe to print.
func (r Reference) String() string {
	if r.IsZero() {
		return ""
	}
	return string(r.scheme) + ":" + r.rest
}

// MarshalText returns the same text as String.
func (r Reference) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Unattended reports whether the reference can be resolved without a prompt: a keyring may prompt for its password, and
// a command for anything.
func (r Reference) Unattended() bool { return r.scheme == schemeEnv || r.scheme == schemeFile }

// IsZero reports whether the reference refers to nothing.
func (r Reference) IsZero() bool { return r == Reference{} }

// IsCommand reports whether a command prints the secret.
func (r Reference) IsCommand() bool { return r.scheme == schemeExec }

// KeyringAccount returns the keyring account of the secret: the reference's own, else the given one. ok is false for
// other references.
func (r Reference) KeyringAccount(account string) (name string, ok bool) {
	if r.scheme != schemeKeyring {
		return "", false
	}
	if r.rest != "" {
		return r.rest, true
	}
	return account, true
}

// Account returns the keyring account of a profile's setting, as Resolve, Store and Delete expect it: "acme/token".
func Account(profile, setting string) string { return profile + "/" + setting }
