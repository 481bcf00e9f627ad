package schema

import (
	"slices"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"
)

// Nearest returns the candidate that a mistyped word most likely means, or "" if none is close: no suggestion is better
// than a wrong one. A candidate is close if it differs in a few letters, has the same letters in another order, or is
// the only one that begins with the word. The opposite of a word ("deactivate" of "activate") is never close.
func Nearest(word string, candidates []string) string {
	const (
		enough  = 0.7 // one letter in four
		swapped = 0.6 // two letters in a word of five, if they are the same letters
	)
	best, score := "", 0.0
	folded := FoldName(word)
	for _, candidate := range candidates {
		name := FoldName(candidate)
		s := levenshtein.Similarity(folded, name, nil)
		if (s >= enough || s >= swapped && sameLetters(folded, name)) && s > score && !opposite(folded, name) {
			best, score = candidate, s
		}
	}
	if best == "" {
		return onlyBeginning(folded, candidates)
	}
	return best
}

// onlyBeginning returns the candidate that begins with a folded word of two letters or more, or "" unless there is
// exactly one.
func onlyBeginning(folded string, candidates []string) string {
	found := ""
	for _, candidate := range candidates {
		if len(folded) < 2 || !strings.HasPrefix(FoldName(candidate), folded) {
			continue
		}
		if found != "" {
			return ""
		}
		found = candidate
	}
	return found
}

// opposite reports whether one word is the other with a prefix of negation.
func opposite(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	prefix, ok := strings.CutSuffix(b, a)
	return ok && slices.Contains([]string{"de", "dis", "in", "non", "un"}, prefix)
}

// sameLetters reports whether two words have the same letters.
func sameLetters(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]rune(a))), slices.Sorted(slices.Values([]rune(b))))
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
