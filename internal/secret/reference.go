package secret

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-shellwords"
)

// scheme says where a secret is kept.
type scheme string

const (
	schemeEnv     scheme = "env"
	schemeFile    scheme = "file"
	schemeKeyring scheme = "keyring"
	schemeExec    scheme = "exec"
)

// Reference says where a secret is kept. It is not secret itself. References
// are comparable; the zero Reference refers to nothing.
type Reference struct {
	scheme scheme
	rest   string
}

// FromEnv gives the reference to an environment variable.
func FromEnv(name string) Reference { return Reference{scheme: schemeEnv, rest: name} }

// FromKeyring gives the reference to an entry of the system's keyring. An empty
// account stands for the one that [Resolver.Resolve] is given.
func FromKeyring(account string) Reference { return Reference{scheme: schemeKeyring, rest: account} }

// ParseError says why a text is not a reference. It does not repeat the text.
type ParseError struct {
	// Scheme is the reference's scheme, "" where the text has none that is known.
	Scheme string
	// Problem is a phrase without a full stop.
	Problem string
}

// Error gives the problem, after the scheme where there is one.
func (e *ParseError) Error() string {
	if e.IsLiteral() {
		return e.Problem
	}
	return e.Scheme + ": " + e.Problem
}

// IsLiteral tells whether the text names no place at all, so that it must be
// taken for a secret in clear text.
func (e *ParseError) IsLiteral() bool { return e.Scheme == "" }

// Parse reads a reference: env:NAME, file:PATH, keyring:, keyring:ACCOUNT or
// exec:COMMAND ARGS. Every error is a [*ParseError].
func Parse(text string) (Reference, error) {
	name, rest, found := strings.Cut(strings.TrimSpace(text), ":")
	ref := Reference{scheme: scheme(name), rest: strings.TrimSpace(rest)}
	if !found || !ref.scheme.known() {
		return Reference{}, &ParseError{Problem: "a secret must not stand here in clear text: write where it is kept, as env:NAME, file:PATH, keyring: or exec:COMMAND"}
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

// problem says what is wrong with the part after the scheme, "" for nothing.
func (r Reference) problem() string {
	if !utf8.ValidString(r.rest) || strings.ContainsFunc(r.rest, unicode.IsControl) {
		return "the reference has a control character or is not valid UTF-8"
	}
	switch r.scheme {
	case schemeEnv:
		if !isVariableName(r.rest) {
			return "the name of an environment variable must follow: letters, digits and _, without a digit at the start"
		}
	case schemeFile:
		if r.rest == "" {
			return "the path of a file must follow"
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
		return nil, errors.New("the command line has an unpaired quote, bracket or backslash")
	case parser.Position >= 0:
		return nil, errors.New("the command is run without a shell, so ; & | < > need quotes; sh -c '...' runs a shell")
	case len(words) == 0 || words[0] == "":
		return nil, errors.New("a command must follow")
	}
	return words, nil
}

// String gives the text that Parse reads. It is safe to print.
func (r Reference) String() string {
	if r.IsZero() {
		return ""
	}
	return string(r.scheme) + ":" + r.rest
}

// MarshalText gives the same as String.
func (r Reference) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Unattended tells whether the reference can be resolved without asking anybody:
// a keyring may ask for its password, and a command for anything.
func (r Reference) Unattended() bool { return r.scheme == schemeEnv || r.scheme == schemeFile }

// IsZero tells whether the reference refers to nothing.
func (r Reference) IsZero() bool { return r == Reference{} }

// IsCommand tells whether a command prints the secret.
func (r Reference) IsCommand() bool { return r.scheme == schemeExec }

// KeyringAccount gives the keyring account that holds the secret: the one the
// reference names, else the given one. ok is false for other references.
func (r Reference) KeyringAccount(account string) (name string, ok bool) {
	if r.scheme != schemeKeyring {
		return "", false
	}
	if r.rest != "" {
		return r.rest, true
	}
	return account, true
}

// Account gives the keyring account of a profile's setting, as Resolve, Store
// and Delete expect it: "acme/token".
func Account(profile, setting string) string { return profile + "/" + setting }
