package schema

import (
	"unicode"

	"github.com/agext/levenshtein"
)

// Nearest returns the candidate that a mistyped word most likely means, or "" if
// none is close.
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

// DidYouMean returns "did you mean x?" for the candidate that a mistyped word most
// likely means, or "" if none is close.
func DidYouMean(word string, candidates []string) string {
	if nearest := Nearest(word, candidates); nearest != "" {
		return "did you mean " + nearest + "?"
	}
	return ""
}

// Suggestion is [DidYouMean] in parentheses, to follow the mistyped word in an error.
func Suggestion(word string, candidates []string) string {
	if meant := DidYouMean(word, candidates); meant != "" {
		return " (" + meant + ")"
	}
	return ""
}

// Shorten returns a text that is longer than so many characters cut off there, with an ellipsis.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// shortText is how much of a value an error shows.
const shortText = 60

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lower(r rune) rune { return unicode.ToLower(r) }
