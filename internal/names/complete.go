package names

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Completion is one text with which a value may continue.
type Completion struct {
	// Text is the whole value so far, and About the id, or the name if several things share it and Text has the id.
	Text, About string
}

// Complete returns the possible values of this field that begin with a text. An object is completed part by part, and
// more reports that another one follows.
func Complete(field schema.Field, begun string, read Read) (completions []Completion, more bool, err error) {
	part, before, after := field, "", ""
	if field.Kind == schema.Objects {
		given := strings.Count(begun, ":")
		if given >= len(field.Parts) {
			return nil, false, nil
		}
		part, before = field.Parts[given], begun[:strings.LastIndex(begun, ":")+1]
		if more = given < len(field.Parts)-1; more {
			after = ":"
		}
	}
	if part.Refers == "" {
		return nil, false, nil
	}
	things, err := read(part.Refers)
	if err != nil {
		return nil, false, err
	}
	known := newDirectory(things)
	for _, thing := range things {
		word, about := thing.Name, thing.ID
		if !isWord(thing.Name) || len(known.exact[thing.Name]) > 1 {
			word, about = thing.ID, thing.Name
		}
		if text := before + word + after; strings.HasPrefix(text, begun) && isWord(word) {
			completions = append(completions, Completion{Text: text, About: about})
		}
	}
	slices.SortFunc(completions, func(a, b Completion) int {
		return cmp.Or(strings.Compare(a.Text, b.Text), strings.Compare(a.About, b.About))
	})
	return completions[:min(len(completions), mostSuggestions)], more, nil
}

// isWord reports whether the compact form of lists and objects, and a line of completions, can contain a name.
func isWord(name string) bool {
	return strings.TrimSpace(name) != "" && !strings.ContainsAny(name, ":;") && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
