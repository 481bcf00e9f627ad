package schema

import (
	"unicode"

	"github.com/agext/levenshtein"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// FoldKey gives the form in which two natural keys are compared where the
// provider documents no rule of its own: Unicode NFC without regard to case.
func FoldKey(key string) string {
	if isLowerASCII(key) {
		return key
	}
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(key)))
}

// Nearest gives the candidate that a mistyped word most likely means, or ""
// where none is close.
func Nearest(word string, candidates []string) string {
	const enough = 0.6 // two letters swapped in a word of five
	best, score := "", 0.0
	folded := FoldName(word)
	for _, candidate := range candidates {
		if s := levenshtein.Match(folded, FoldName(candidate), nil); s >= enough && s > score {
			best, score = candidate, s
		}
	}
	return best
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lower(r rune) rune { return unicode.ToLower(r) }

func isLowerASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return true
}
