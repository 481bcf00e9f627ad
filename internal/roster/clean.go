package roster

import (
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// clean removes white space, non-breaking spaces and characters without width around a text, and reports whether
// there were any.
func clean(text string) (string, bool) {
	if text == "" || isPlain(text[0]) && isPlain(text[len(text)-1]) {
		return text, false
	}
	trimmed := strings.TrimFunc(text, isBlank)
	return trimmed, len(trimmed) < len(text)
}

// isPlain reports whether a byte is a visible character of ASCII.
func isPlain(b byte) bool { return ' ' < b && b < 0x7F }

// isBlank reports whether a character is invisible at the edge of a text: white space, or a mark that is often
// copied with text from web pages, address books and spreadsheets.
func isBlank(r rune) bool {
	switch {
	case unicode.IsSpace(r):
		return true
	case r < 0xAD:
		return false
	}
	return r == 0xAD || // soft hyphen
		r == 0x180E || // vowel separator
		0x200B <= r && r <= 0x200F || // zero-width space and joiners, direction marks
		0x202A <= r && r <= 0x202E || // direction embeddings
		0x2060 <= r && r <= 0x2064 || // word joiner, invisible operators
		0x2066 <= r && r <= 0x2069 || // direction isolates
		r == 0xFEFF // zero-width no-break space, which is also the byte order mark
}

// cleanSpace removes white space alone around a text, and reports whether there was any: in
// a key a character that cannot be seen is a fault. Of a text that has nothing else it
// leaves nothing.
func cleanSpace(text string) (string, bool) {
	if cleaned, changed := clean(text); !changed || cleaned == "" {
		return cleaned, changed
	}
	trimmed := strings.TrimSpace(text)
	return trimmed, len(trimmed) < len(text)
}

// isKey reports whether a text of a field identifies a user or is an email.
func isKey(f *schema.Field) bool { return f.Identifier || f.Format == schema.Email }

// cleanRecord removes the characters without width around the texts of a record, except
// for keys and emails. It returns how many there were.
func cleanRecord(table schema.Table, record schema.Record) int {
	changes := 0
	cleaned := func(text string) string {
		text, changed := clean(text)
		if changed {
			changes++
		}
		return text
	}
	for i := range table {
		f := &table[i]
		if isKey(f) {
			continue
		}
		switch value := record[f.Name].(type) {
		case string:
			record[f.Name] = cleaned(value)
		case []string:
			for i, text := range value {
				value[i] = cleaned(text)
			}
		case []schema.Record:
			for _, object := range value {
				changes += cleanRecord(f.Parts, object)
			}
		}
	}
	return changes
}
