package roster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// jsonTree builds the tree of one JSON text as package schema decodes it: numbers keep their digits, and a
// duplicate key is an error.
type jsonTree struct {
	text    []byte
	decoder *json.Decoder
	// cleaning enables the cleaning of texts; trimmed counts the cleaned ones.
	cleaning bool
	trimmed  int
	maxText  int
}

// treeError is an error in a tree, at an offset of its text.
type treeError struct {
	offset int
	*schema.FieldError
}

// build reads a text that is valid JSON.
func (t *jsonTree) build() (any, *treeError) {
	t.decoder = json.NewDecoder(bytes.NewReader(t.text))
	t.decoder.UseNumber()
	return t.value(0)
}

func (t *jsonTree) value(depth int) (any, *treeError) {
	start := t.next()
	token, err := t.decoder.Token()
	if err != nil {
		return nil, &treeError{offset: start, FieldError: brokenJSON(err)}
	}
	switch token := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, &treeError{offset: start, FieldError: tooDeep()}
		}
		if token == '[' {
			return t.list(depth)
		}
		return t.object(depth)
	case string:
		return t.clean(token, start)
	default:
		return token, nil
	}
}

func (t *jsonTree) clean(text string, start int) (any, *treeError) {
	if len(text) > t.maxText {
		return nil, &treeError{offset: start, FieldError: &schema.FieldError{
			Cause: LargeCell, Message: "value larger than " + sizeText(t.maxText), Hint: "shorten it",
		}}
	}
	if !t.cleaning {
		return text, nil
	}
	text, trimmed := cleanSpace(text)
	if trimmed {
		t.trimmed++
	}
	return text, nil
}

func (t *jsonTree) list(depth int) (any, *treeError) {
	items := []any{}
	for t.decoder.More() {
		item, fault := t.value(depth + 1)
		if fault != nil {
			return nil, fault
		}
		items = append(items, item)
	}
	_, _ = t.decoder.Token() // the closing bracket of a valid text
	return items, nil
}

func (t *jsonTree) object(depth int) (any, *treeError) {
	object := map[string]any{}
	for t.decoder.More() {
		start := t.next()
		token, err := t.decoder.Token()
		if err != nil {
			return nil, &treeError{offset: start, FieldError: brokenJSON(err)}
		}
		key, _ := token.(string) // a valid text has no other keys
		if _, ok := object[key]; ok {
			return nil, &treeError{offset: start, FieldError: keyTwice(key)}
		}
		value, fault := t.value(depth + 1)
		if fault != nil {
			return nil, fault
		}
		object[key] = value
	}
	_, _ = t.decoder.Token() // the closing brace of a valid text
	return object, nil
}

// next returns the offset of the next token.
func (t *jsonTree) next() int { return nextToken(t.text, int(t.decoder.InputOffset())) }

// nextToken skips the characters between two tokens of JSON.
func nextToken(text []byte, at int) int {
	for at < len(text) && strings.IndexByte(" \t\r\n,:", text[at]) >= 0 {
		at++
	}
	return at
}

func keyTwice(key string) *schema.FieldError {
	return &schema.FieldError{
		Field: key, Cause: Twice, Message: fmt.Sprintf("duplicate key %q", shorten(key)), Hint: "delete one of them",
	}
}

func tooDeep() *schema.FieldError {
	return &schema.FieldError{Cause: Unparsable, Message: fmt.Sprintf("nested more than %d levels deep", maxDepth)}
}

func brokenJSON(err error) *schema.FieldError {
	return &schema.FieldError{Cause: Unparsable, Message: "invalid JSON: " + err.Error()}
}

// locate returns the offset in a valid JSON text of the target of a JSON Pointer: the key of a property, the value
// of an item. If there is no target, it returns that of the last step that exists.
func locate(text []byte, pointer string) int {
	decoder := json.NewDecoder(bytes.NewReader(text))
	at := nextToken(text, 0)
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		step = unescapeStep(step)
		token, err := decoder.Token()
		if err != nil {
			return at
		}
		found := false
		switch token {
		case json.Delim('{'):
			at, found = findMember(text, decoder, step, at)
		case json.Delim('['):
			at, found = findItem(text, decoder, step, at)
		}
		if !found {
			return at
		}
	}
	return at
}

// unescapeStep returns the key in a step of a JSON Pointer.
func unescapeStep(step string) string {
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~")
}

// findMember moves the decoder to the value of a key.
func findMember(text []byte, decoder *json.Decoder, key string, outer int) (int, bool) {
	for decoder.More() {
		at := nextToken(text, int(decoder.InputOffset()))
		token, err := decoder.Token()
		if err != nil {
			break
		}
		if token == key {
			return at, true
		}
		if decoder.Decode(new(json.RawMessage)) != nil {
			break
		}
	}
	return outer, false
}

// findItem moves the decoder to the item of a list.
func findItem(text []byte, decoder *json.Decoder, index string, outer int) (int, bool) {
	wanted, err := strconv.Atoi(index)
	for i := 0; err == nil && decoder.More(); i++ {
		if i == wanted {
			return nextToken(text, int(decoder.InputOffset())), true
		}
		err = decoder.Decode(new(json.RawMessage))
	}
	return outer, false
}
