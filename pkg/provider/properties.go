package provider

import (
	"bytes"
	"encoding/json"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// isObject reports whether a text is one JSON object and nothing else.
func isObject(text []byte) bool {
	value := jsontext.Value(text)
	return value.Kind() == jsontext.KindBeginObject && value.IsValid(Lenient())
}

// membersOf yields the properties of a JSON object, values as they are written. Only two or three properties of a
// response are needed, and to decode all of them costs more than everything else that is done with it. The object must
// be valid.
func membersOf(object []byte) iter.Seq2[quoted, json.RawMessage] {
	return func(yield func(quoted, json.RawMessage) bool) {
		rest := bytes.TrimSpace(object)
		for rest[0] != '}' {
			name := bytes.TrimSpace(rest[1:]) // past the bracket or the comma
			if name[0] == '}' {
				return
			}
			end := endOfText(name)
			value := bytes.TrimSpace(name[end:])[1:] // past the colon
			stop := endOfMember(value)
			if !yield(quoted(name[:end]), bytes.TrimSpace(value[:stop])) {
				return
			}
			rest = value[stop:]
		}
	}
}

// endOfText returns the length of the JSON string that a text begins with.
func endOfText(text []byte) int {
	end := 1
	for ; text[end] != '"'; end++ {
		if text[end] == '\\' {
			end++
		}
	}
	return end + 1
}

// endOfMember returns the position of the comma or the bracket that ends the property whose value a text begins with.
func endOfMember(text []byte) int {
	for end, depth := 0, 0; ; end++ {
		switch text[end] {
		case '"':
			end += endOfText(text[end:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return end
			}
		case ',':
			if depth == 0 {
				return end
			}
		}
	}
}

// quoted is a JSON string, as it is written.
type quoted []byte

// is reports whether the string is this text, without decoding it if it can.
func (q quoted) is(text string) bool {
	if string(q[1:len(q)-1]) == text {
		return !bytes.ContainsRune(q, '\\')
	}
	return bytes.ContainsRune(q, '\\') && unquote(q) == text
}

// unquote decodes a JSON string.
func unquote(quoted []byte) string {
	plain := quoted[1 : len(quoted)-1]
	for _, char := range plain {
		if char == '\\' || char >= 0x80 {
			var text string
			_ = json.Unmarshal(quoted, &text) // the string is valid
			return text
		}
	}
	return string(plain)
}
