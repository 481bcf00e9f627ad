// Package leaktest lists the forms in which providers repeat secrets, for tests.
package leaktest

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// Form is one way to write a secret.
type Form struct {
	Name string
	Of   func(secret string) string
	// First reports that nothing but the secret itself can be written in this way.
	First bool
}

// Encoders returns the forms that can be applied to each other's output and from
// which the whole secret can be read.
func Encoders() []Form {
	return []Form{
		{"upper case", strings.ToUpper, true},
		{"lower case", strings.ToLower, true},
		{"reversed", reversed, false},
		{"hexadecimal", func(s string) string { return hex.EncodeToString([]byte(s)) }, false},
		{"upper-case hexadecimal with colons", colonHex, false},
		{"base32", func(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) }, false},
		{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, false},
		{"base64url", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }, false},
		{"base64 behind Bearer", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("Bearer " + s)) }, false},
		{"base64 of a JSON text", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(inJSON(`{"p":%s}`, s))) }, false},
		{"HTTP Basic", func(s string) string {
			return "Basic " + base64.StdEncoding.EncodeToString([]byte("ada@example.com:"+s))
		}, false},
		{"every byte percent-escaped", func(s string) string { return eachByte(s, "%%%02X") }, false},
		{"every byte percent-escaped in lower case", func(s string) string { return eachByte(s, "%%%02x") }, false},
		{"encodeURIComponent", url.PathEscape, false},
		{"a form's value", url.QueryEscape, false},
		{"Python's quote", func(s string) string { return strings.ReplaceAll(url.PathEscape(s), "%2F", "/") }, false},
		{".NET's UrlEncode", dotNet, false},
		{"twice percent-escaped", func(s string) string { return url.PathEscape(url.PathEscape(s)) }, false},
		{"HTML", html.EscapeString, false},
		{"HTML named", func(s string) string {
			return strings.NewReplacer("ß", "&szlig;", "ü", "&uuml;").Replace(html.EscapeString(s))
		}, false},
		{"XML", func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "&#39;", "&apos;") }, false},
		{"HTML numeric", func(s string) string { return eachRune(s, "&#%d;") }, false},
		{"HTML hexadecimal", func(s string) string { return eachRune(s, "&#x%x;") }, false},
		{"JSON", func(s string) string { return inJSON("%s", s) }, false},
		{"JSON in JSON", func(s string) string { return inJSON("%s", inJSON("%s", s)) }, false},
		{"ASCII JSON of Python or PHP", asciiJSON, false},
		{`every character as \u`, func(s string) string { return eachUnit(s, `\u%04x`) }, false},
		{`every byte as \x`, func(s string) string { return eachByte(s, `\x%02x`) }, false},
		{"every byte as octal", func(s string) string { return eachByte(s, `\%03o`) }, false},
		{"Go's quote", strconv.QuoteToASCII, false},
		{"Python's repr", func(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }, false},
		{"SQL", func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }, false},
		{"quoted-printable", func(s string) string { return eachByte(s, "=%02X") }, false},
		{"0x bytes", func(s string) string { return eachByte(s, "0x%02X,") }, false},
		{"mojibake", mojibake, false},
		{"spaced", between(" "), false},
		{"dashed", between("-"), false},
		{"zero-width spaces inside", between("\u200b"), false},
		{"NUL inside", between("\x00"), false},
		{"ESC inside", between("\x1b"), false},
		{"line breaks inside", between("\r\n"), false},
		{"soft hyphens inside", between("\u00ad"), false},
		{"NFD", norm.NFD.String, false},
		{"NFKC", norm.NFKC.String, true},
	}
}

// Forms returns every form in which a secret must be found: the encoders, and
// those from which only a part can be read.
func Forms() []Form {
	cut := func(from, to int) func(string) string {
		return func(s string) string {
			runes := []rune(s)
			if from < 0 {
				from += len(runes)
			}
			return string(runes[from:min(to, len(runes))])
		}
	}
	return append([]Form{
		{Name: "plain", Of: func(s string) string { return s }},
		{Name: "trimmed", Of: strings.TrimSpace},
		{Name: "masked tail", Of: func(s string) string { return cut(0, 9)(s) + "********" }},
		{Name: "first 12", Of: cut(0, 12)},
		{Name: "last 8", Of: cut(-8, 1000)},
		{Name: "without its first", Of: cut(1, 1000)},
		{Name: "base64 of UTF-16", Of: base64UTF16},
		{Name: "Latin-1 percent-escaped", Of: latin1},
	}, Encoders()...)
}

// Compose applies the encoders that the steps choose, four at most, and returns
// the text and what was done.
func Compose(secret string, steps []byte) (text, names string) {
	encoders := Encoders()
	var done []string
	text = secret
	for n, step := range steps[:min(len(steps), 4)] {
		encoder := encoders[int(step)%len(encoders)]
		if encoder.First && n > 0 {
			continue
		}
		text, done = encoder.Of(text), append(done, encoder.Name)
	}
	return text, strings.Join(done, ", ")
}

// IsPassword reports whether a text is like a password or a token: 12 to 64
// letters of ASCII and Latin-1, digits and signs, ten of them letters or digits
// of ASCII.
func IsPassword(secret string) bool {
	count := 0
	for _, r := range secret {
		isLetter := r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if isLetter {
			count++
		}
		if !isLetter && (r <= ' ' || r >= 0x7f && r < 0xc0 || r > 0xff) {
			return false
		}
	}
	const ordinary = "password" // what every message about one contains
	length := utf8.RuneCountInString(secret)
	return count >= 10 && length >= 12 && length <= 64 && !strings.Contains(ordinary, strings.ToLower(secret))
}

func reversed(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

func colonHex(s string) string { return strings.TrimSuffix(eachByte(s, "%02X:"), ":") }

func eachByte(s, format string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&out, format, b)
	}
	return out.String()
}

func eachRune(s, format string) string {
	var out strings.Builder
	for _, r := range s {
		fmt.Fprintf(&out, format, r)
	}
	return out.String()
}

func eachUnit(s, format string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, format, unit)
	}
	return out.String()
}

func between(separator string) func(string) string {
	return func(s string) string { return strings.Join(strings.Split(s, ""), separator) }
}

func inJSON(format, s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(format, text)
}

// asciiJSON is json_encode of PHP and json.dumps of Python.
func asciiJSON(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r < ' ' || r > '~':
			out.WriteString(eachUnit(string(r), `\u%04x`))
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// dotNet is HttpUtility.UrlEncode: lower-case escapes, plus signs for spaces.
func dotNet(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		switch {
		case b == ' ':
			out.WriteByte('+')
		case b < utf8.RuneSelf && (unicode.IsLetter(rune(b)) || unicode.IsDigit(rune(b)) || strings.ContainsRune("-_.!*()", rune(b))):
			out.WriteByte(b)
		default:
			fmt.Fprintf(&out, "%%%02x", b)
		}
	}
	return out.String()
}

// mojibake reads the bytes of a text as Windows-1252, as browsers do.
func mojibake(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		r := charmap.Windows1252.DecodeByte(b)
		if r == utf8.RuneError {
			r = rune(b)
		}
		out.WriteRune(r)
	}
	return out.String()
}

func base64UTF16(s string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return base64.StdEncoding.EncodeToString(out)
}

func latin1(s string) string {
	var out strings.Builder
	for _, r := range s {
		fmt.Fprintf(&out, "%%%02x", byte(r))
	}
	return out.String()
}
