package template

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gosimple/unidecode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// WordFilters returns the names of the filters that [ApplyWord] has.
func WordFilters() []string { return []string{"ascii", "german", "initial", "lower", "upper"} }

// CheckWordFilter returns an error for a filter that [ApplyWord] does not have.
func CheckWordFilter(filter string) error {
	if !slices.Contains(WordFilters(), filter) {
		return fmt.Errorf("unknown filter %q%s", schema.Shorten(filter, 40), schema.Suggestion(filter, WordFilters()))
	}
	return nil
}

// ApplyWord returns a text after one filter for the parts of user names:
//
//   - ascii has letters, digits and hyphens of ASCII only: "Zoë O'Neil" becomes "ZoeONeil", and "Жанна" "Zhanna".
//   - german writes ä, ö, ü and ß as ae, oe, ue and ss. It comes before ascii, which writes ä as a.
//   - initial is the first character.
//   - lower and upper change the case.
func ApplyWord(filter, text string) (string, error) {
	switch filter {
	case "ascii":
		return strings.Map(func(r rune) rune {
			if r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
				return r
			}
			return -1
		}, unidecode.Unidecode(text)), nil
	case "german":
		return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "ẞ", "SS").Replace(text), nil
	case "initial":
		_, size := utf8.DecodeRuneInString(text)
		return text[:size], nil
	case "lower":
		return strings.ToLower(text), nil
	default: // upper
		return strings.ToUpper(text), nil
	}
}
