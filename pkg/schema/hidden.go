package schema

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// CheckIdentifier returns an error for a text that cannot identify a user because it contains a character that cannot
// be seen or recognised: a control character, an invisible one (zero width, soft hyphen, byte order mark, joiner,
// direction mark, variation selector, tag), a space other than U+0020, or U+FFFD, which replaces a lost one. The error
// is a phrase with the code point and the position of the first of them, in characters from 1.
func CheckIdentifier(text string) error {
	position := 0
	for i, r := range text {
		position++
		if isHidden(r) {
			if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
				return fmt.Errorf("contains a byte that is not UTF-8 (0x%02X) at character %d", text[i], position)
			}
			return fmt.Errorf("contains %s %U at character %d", kindOfHidden(r), r, position)
		}
	}
	return nil
}

// FindHidden returns the first character of a text that [CheckIdentifier] refuses, in
// words: "the invisible character U+200B". It reports whether there is one.
func FindHidden(text string) (string, bool) {
	for _, r := range text {
		if isHidden(r) {
			return fmt.Sprintf("%s %U", kindOfHidden(r), r), true
		}
	}
	return "", false
}

// isHidden reports whether a character cannot be part of an identifier.
func isHidden(r rune) bool {
	if ' ' <= r && r <= '~' {
		return false
	}
	return r == unicode.ReplacementChar || isUnusualSpace(r) || unicode.Is(unicode.Cc, r) || isInvisible(r)
}

// isUnusualSpace reports whether a character is a space or a line break other than U+0020.
func isUnusualSpace(r rune) bool {
	return r != ' ' && unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp) || r == '\u2800' // blank Braille pattern
}

// isInvisible reports whether a character is invisible: what Unicode allows to ignore in display
// (Default_Ignorable_Code_Point) and all format characters, except those that are written before a number.
func isInvisible(r rune) bool {
	if unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func kindOfHidden(r rune) string {
	switch {
	case r == unicode.ReplacementChar:
		return "the replacement character"
	case unicode.Is(unicode.Cc, r):
		return "the control character"
	case isUnusualSpace(r):
		return "the unusual space"
	default:
		return "the invisible character"
	}
}
