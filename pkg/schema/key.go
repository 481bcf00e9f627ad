package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// KeyMatch is how two natural keys compare.
type KeyMatch int

// The results of [CompareKeys].
const (
	// KeyDifferent: the keys identify different users.
	KeyDifferent KeyMatch = iota
	// KeySimilar: the keys differ in some byte and have the same [KeyForm]. Whether they identify the same user depends
	// on the provider.
	KeySimilar
	// KeyEqual: the keys are equal byte for byte.
	KeyEqual
)

// CompareKeys compares two natural keys.
func CompareKeys(a, b string) KeyMatch {
	switch {
	case a == b:
		return KeyEqual
	case KeyForm(a) == KeyForm(b):
		return KeySimilar
	default:
		return KeyDifferent
	}
}

// KeyForm returns the form in which two natural keys are compared if the provider documents no rule: Unicode NFC with
// each character in lower case, if the lower case has this character as its upper case; the final sigma ς counts as σ.
// Different letters stay different: ß and ss, ſ and s, ﬃ and ffi, İ and i, and the Kelvin sign and k, which NFC alone
// would unite. Bytes that are not UTF-8 are unchanged. KeyForm is idempotent.
func KeyForm(key string) string {
	if isLowerASCII(key) {
		return key
	}
	var form strings.Builder
	for key != "" {
		end := strings.IndexFunc(key, isLetterlike)
		if end < 0 {
			end = len(key)
		}
		form.WriteString(norm.NFC.String(lowerKey(norm.NFC.String(key[:end]))))
		_, size := utf8.DecodeRuneInString(key[end:])
		form.WriteString(key[end : end+size])
		key = key[end+size:]
	}
	return form.String()
}

// isLetterlike reports whether a character is the Ohm, Kelvin or ångström sign: NFC converts it into a letter whose
// lower case does not have the sign as its upper case.
func isLetterlike(r rune) bool { return r == '\u2126' || r == '\u212A' || r == '\u212B' }

// lowerKey returns a text in lower case, character by character, as [KeyForm] documents.
func lowerKey(text string) string {
	var lowered strings.Builder
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			lowered.WriteByte(text[i])
			continue
		}
		lowered.WriteRune(lowerKeyRune(r))
	}
	return lowered.String()
}

func lowerKeyRune(r rune) rune {
	if r == 'ς' {
		return 'σ'
	}
	if small := unicode.ToLower(r); unicode.ToUpper(small) == r {
		return small
	}
	return r
}

// isLowerASCII reports whether a text is ASCII without capitals.
func isLowerASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return true
}
