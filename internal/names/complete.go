package names

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Completion is one text that a value may go on with, and what it is.
type Completion struct {
	// Text is the whole value so far, and About the id, or the name where several
	// things share it and Text has the id.
	Text, About string
}

// Complete gives what a value of this field may be that begins with a text. For
// an object it goes member by member, and more says that another one follows.
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

// isWord tells whether the compact form of lists and objects, and a line of
// completions, can hold a name.
func isWord(name string) bool {
	return strings.TrimSpace(name) != "" && !strings.ContainsAny(name, ":;") && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
