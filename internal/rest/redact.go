package rest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	redacted = leak.Redacted
	// hidden replaces the whole of a text of a provider or of an error that may contain a secret.
	hidden = "[redacted: may contain a secret]"
	// maxText is the length in runes of what is quoted of a provider or of an error.
	maxText = 300
	// maxRead is the length in runes of what is searched of it. An encoded secret that begins in the quoted part does
	// not reach further.
	maxRead = 4096
)

// redactor keeps secrets out of everything that is shown or stored: errors, traces and previews. A text in which a
// secret can be found in any encoding is replaced as a whole. It is safe for concurrent use.
type redactor struct {
	headers []provider.AuthHeader
	outer   *redactor // whose secrets it knows too; nil for none

	mu      sync.Mutex
	secrets []string
	set     *leak.Set // of secrets; nil after one was learned
}

func newRedactor(auth provider.Auth) *redactor {
	headers := slices.Clone(auth.Headers)
	if auth.Basic != nil {
		headers = append(headers, provider.AuthHeader{Name: authorization, Prefix: basic})
	}
	if auth.Session != nil {
		headers = append(headers, provider.AuthHeader{Name: auth.Session.Header, Prefix: auth.Session.Prefix})
	}
	return &redactor{headers: headers}
}

// learn adds secrets to what is redacted from now on.
func (r *redactor) learn(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if !slices.Contains(r.secrets, secret) {
			r.secrets, r.set = append(r.secrets, secret), nil
		}
	}
}

// with returns a redactor that redacts these secrets too.
func (r *redactor) with(secrets []string) *redactor {
	if len(secrets) == 0 {
		return r
	}
	return &redactor{headers: r.headers, outer: r, secrets: secrets}
}

// leaks reports whether a secret can be found in a text.
func (r *redactor) leaks(text string) bool {
	var sets []*leak.Set
	for known := r; known != nil; known = known.outer {
		sets = append(sets, known.known())
	}
	return leak.Found(text, sets...)
}

// known returns the secrets that were added to this redactor itself.
func (r *redactor) known() *leak.Set {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.set == nil {
		r.set = leak.NewSet(r.secrets)
	}
	return r.set
}

// text returns a text, or "[redacted]" for one that may contain a secret.
func (r *redactor) text(text string) string {
	if r.leaks(text) {
		return redacted
	}
	return text
}

// sentence returns one short line of a text from outside: without control characters and line breaks, and with at most
// maxText runes. One that may contain a secret is replaced as a whole.
func (r *redactor) sentence(text string) string {
	text = cut(strings.Join(strings.Fields(printable(text)), " "), maxRead)
	if r.leaks(text) {
		return hidden
	}
	return cut(text, maxText)
}

// cut returns a text with at most so many runes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// header returns a header's value as it may be shown.
func (r *redactor) header(name, value string) string {
	for _, credential := range r.headers {
		if strings.EqualFold(credential.Name, name) && strings.HasPrefix(value, credential.Prefix) {
			return credential.Prefix + redacted
		}
	}
	switch {
	case strings.EqualFold(name, "Authorization"), strings.EqualFold(name, "Proxy-Authorization"):
		scheme, _, found := strings.Cut(value, " ")
		if found {
			return scheme + " " + redacted
		}
		return redacted
	case strings.EqualFold(name, "Cookie"), strings.EqualFold(name, "Set-Cookie"), looksSecret(name):
		return redacted
	default:
		return r.text(value)
	}
}

// headerLines returns headers as they may be shown, one "Name: value" each, by name.
func (r *redactor) headerLines(header http.Header) []string {
	var lines []string
	for name, values := range header {
		for _, value := range values {
			lines = append(lines, name+": "+r.header(name, value))
		}
	}
	slices.Sort(lines)
	return lines
}

// looksSecret reports whether an undocumented name looks like that of a secret.
func looksSecret(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	for _, word := range []string{"password", "passwd", "passphrase", "passcode", "secret", "token", "credential"} {
		if strings.Contains(plain, word) {
			return true
		}
	}
	return strings.HasSuffix(plain, "key") || strings.HasSuffix(plain, "keys")
}

// printable replaces everything that a terminal would not show as a character or a space, and breaks up what a runner
// of GitHub Actions executes anywhere in a line.
func printable(text string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD")), "##[", "## [")
}
