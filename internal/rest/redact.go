package rest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/provider"
)

const (
	redacted = "[redacted]"
	// minSecret is the length in runes from which a secret is looked for in running
	// text: replacing shorter ones would spoil the text and hide nothing.
	minSecret = 4
	// maxText is the length in runes of what is quoted of a provider or of an error.
	maxText = 300
)

// redactor takes secrets out of everything that is shown: errors, traces and
// previews. It knows the secrets that were resolved, in each form in which a
// text may hold them, and the headers that carry credentials. It is safe for
// concurrent use.
type redactor struct {
	headers []provider.AuthHeader

	mu      sync.Mutex
	secrets []string
	replace *strings.Replacer // nil after a secret was learned
}

func newRedactor(auth provider.Auth) *redactor { return &redactor{headers: auth.Headers} }

// learn adds secrets to what is redacted from now on.
func (r *redactor) learn(secrets ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, secret := range secrets {
		if utf8.RuneCountInString(secret) >= minSecret && !slices.Contains(r.secrets, secret) {
			r.secrets, r.replace = append(r.secrets, secret), nil
		}
	}
}

// with gives a redactor that knows these secrets too.
func (r *redactor) with(secrets []string) *redactor {
	if len(secrets) == 0 {
		return r
	}
	r.mu.Lock()
	more := &redactor{headers: r.headers, secrets: slices.Clone(r.secrets)}
	r.mu.Unlock()
	more.learn(secrets...)
	return more
}

// text gives a text without the secrets.
func (r *redactor) text(text string) string { return r.replacer().Replace(text) }

func (r *redactor) replacer() *strings.Replacer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.replace == nil {
		r.replace = newReplacer(r.secrets)
	}
	return r.replace
}

// newReplacer replaces secrets in all their forms, the longest first, so that
// none is cut up by one that is a part of it.
func newReplacer(secrets []string) *strings.Replacer {
	var forms []string
	for _, secret := range secrets {
		forms = append(forms, formsOf(secret)...)
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, redacted)
	}
	return strings.NewReplacer(pairs...)
}

// formsOf lists the forms in which a text may hold a secret: as it stands, in
// JSON, in a URL, in base64.
func formsOf(secret string) []string {
	return []string{
		secret, inJSON(secret, true), inJSON(secret, false), url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
}

// inJSON gives a text as it stands within the quotes of a JSON string.
func inJSON(text string, escapeHTML bool) string {
	quoted := encodeText(text, escapeHTML)
	return quoted[1 : len(quoted)-1]
}

// sentence makes one short line of a text that comes from outside: without
// secrets, control characters and line breaks, and with at most maxText runes.
func (r *redactor) sentence(text string) string {
	text = strings.Join(strings.Fields(printable(r.text(text))), " ")
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText-1]) + "…"
	}
	return text
}

// header gives a header's value as it may be shown.
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

// headerLines gives headers as they may be shown, one "Name: value" each, by name.
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

// looksSecret tells whether a name that nothing is known of is that of a secret.
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

// printable replaces everything that a terminal would not show as a character or a space.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
