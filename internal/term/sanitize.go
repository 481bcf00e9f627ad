package term

import (
	"strings"
	"unicode"
)

// Sanitize makes foreign text safe to write to a terminal, and keeps its lines
// and tabs. Each character for which [IsControl] holds becomes U+FFFD, so that
// nothing vanishes without a trace, and so does each byte that is not UTF-8.
// A CR LF becomes a line feed.
//
// Sanitizing twice changes nothing more.
func Sanitize(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case IsControl(r):
			return unicode.ReplacementChar
		default:
			return r
		}
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// SanitizeLine is [Sanitize] for text that must stay on its line, such as a
// cell of a table: line breaks and tabs become spaces.
func SanitizeLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\t', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		if IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// IsControl reports whether a character can do more to a terminal than stand
// in its place: the controls of C0 (line feed and tab among them), DEL and C1,
// the line and paragraph separators, and the invisible characters that reorder
// or hide the text around them. The joiners that emoji and many scripts are
// written with do not count.
func IsControl(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r <= 0x9f:
		return true
	case r < 0xad:
		return false
	case r == 0x200c, r == 0x200d: // the joiners
		return false
	case 0xe0020 <= r && r <= 0xe007f: // the tags that spell the flag of Wales
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // visible signs of Arabic
		return false
	default:
		return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
	}
}
