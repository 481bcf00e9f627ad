package leak

import (
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape returns a text without one level of percent escapes, backslash
// escapes and entities.
func unescape(text string) string {
	if strings.ContainsAny(text, `%\`) {
		text = replace(text, func(rest string) ([]byte, int) {
			switch rest[0] {
			case '%':
				return percent(rest)
			case '\\':
				return backslash(rest)
			default:
				return nil, 0
			}
		})
	}
	return html.UnescapeString(text)
}

// unescapeBackslash is unescape for texts that are quoted with backslashes, where the other escapes are literal.
func unescapeBackslash(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	return replace(text, func(rest string) ([]byte, int) {
		if rest[0] != '\\' {
			return nil, 0
		}
		return backslash(rest)
	})
}

// unescapePercent is unescape for texts that are quoted with percent signs, where the other escapes are literal.
func unescapePercent(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return replace(text, func(rest string) ([]byte, int) {
		if rest[0] != '%' {
			return nil, 0
		}
		return percent(rest)
	})
}

// unescapeForm is unescape for the values of forms, where plus signs are spaces.
func unescapeForm(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	return unescape(strings.ReplaceAll(text, "+", ""))
}

// unquote returns a text without one level of quoted-printable, and with 0xXX as
// a byte.
func unquote(text string) string {
	if !strings.ContainsAny(text, "=xX") {
		return text
	}
	return replace(text, func(rest string) ([]byte, int) {
		switch {
		case rest[0] == '=' && strings.HasPrefix(rest[1:], "="):
			return nil, 1 // the end of a wrapped line
		case rest[0] == '=':
			return hexByte(rest, 1)
		case rest[0] == '0' && len(rest) > 1 && (rest[1] == 'x' || rest[1] == 'X'):
			return hexByte(rest, 2)
		default:
			return nil, 0
		}
	})
}

// replace returns a text in which a function replaces the beginning of the rest at each place; size 0 leaves a byte
// unchanged.
func replace(text string, at func(rest string) (decoded []byte, size int)) string {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		decoded, size := at(text[i:])
		if size == 0 {
			decoded, size = []byte{text[i]}, 1
		}
		out = append(out, decoded...)
		i += size
	}
	return string(out)
}

// percent decodes %XX and %uXXXX.
func percent(rest string) ([]byte, int) {
	if len(rest) > 1 && (rest[1] == 'u' || rest[1] == 'U') {
		return unit(rest, 4)
	}
	return hexByte(rest, 1)
}

// backslash decodes \xXX, \uXXXX, \UXXXXXXXX, \u{X}, \x{X}, octal escapes, the
// control characters, and a backslash before punctuation.
func backslash(rest string) ([]byte, int) {
	if len(rest) < 2 {
		return nil, 0
	}
	switch next := rest[1]; {
	case strings.HasPrefix(rest[2:], "{") && strings.ContainsRune("xXuU", rune(next)):
		return braced(rest)
	case next == 'x' || next == 'X':
		return hexByte(rest, 2)
	case next == 'u':
		return unit(rest, 4)
	case next == 'U':
		if decoded, size := unit(rest, 8); size > 0 {
			return decoded, size
		}
		return unit(rest, 4)
	case '0' <= next && next <= '7':
		return octal(rest)
	case strings.ContainsRune("abefnrtv", rune(next)):
		return nil, 2 // a control character
	case next < utf8.RuneSelf && !unicode.IsLetter(rune(next)) && !unicode.IsDigit(rune(next)):
		return []byte{next}, 2
	default:
		return nil, 0
	}
}

// hexByte decodes two hexadecimal digits behind a prefix.
func hexByte(rest string, prefix int) ([]byte, int) {
	if len(rest) < prefix+2 {
		return nil, 0
	}
	value, err := strconv.ParseUint(rest[prefix:prefix+2], 16, 8)
	if err != nil {
		return nil, 0
	}
	return []byte{byte(value)}, prefix + 2
}

// unit decodes so many hexadecimal digits behind a prefix of two characters, and a second half of
// a surrogate pair in the same notation.
func unit(rest string, digits int) ([]byte, int) {
	const prefix = len(`\u`)
	size := prefix + digits
	if len(rest) < size {
		return nil, 0
	}
	value, err := strconv.ParseUint(rest[prefix:size], 16, 32)
	if err != nil || value > unicode.MaxRune {
		return nil, 0
	}
	r := rune(value)
	if utf16.IsSurrogate(r) && len(rest) >= 2*size && rest[size:size+prefix] == rest[:prefix] {
		if low, err := strconv.ParseUint(rest[size+prefix:2*size], 16, 32); err == nil {
			if pair := utf16.DecodeRune(r, rune(low)); pair != utf8.RuneError {
				return utf8.AppendRune(nil, pair), 2 * size
			}
		}
	}
	return utf8.AppendRune(nil, r), size
}

// braced decodes \u{X} and \x{X}.
func braced(rest string) ([]byte, int) {
	digits, _, found := strings.Cut(rest[3:], "}")
	if !found || len(digits) > 8 {
		return nil, 0
	}
	value, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || value > unicode.MaxRune {
		return nil, 0
	}
	return utf8.AppendRune(nil, rune(value)), len(digits) + 4
}

// octal decodes up to three octal digits.
func octal(rest string) ([]byte, int) {
	size := 1
	for size < 4 && size < len(rest) && '0' <= rest[size] && rest[size] <= '7' {
		size++
	}
	value, err := strconv.ParseUint(rest[1:size], 8, 8)
	if err != nil { // \777 is not a byte
		return nil, 0
	}
	return []byte{byte(value)}, size
}
