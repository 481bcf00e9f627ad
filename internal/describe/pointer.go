package describe

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Pointer is a place in a JSON document (RFC 6901), as its steps; an empty one, which is not nil, is the whole document.
// In places that are compared, the step "*" is each item of a list or each property of an object.
type Pointer []string

// ParsePointer reads a pointer: "" or "/data/0/id".
func ParsePointer(text string) (Pointer, error) {
	if text == "" {
		return Pointer{}, nil
	}
	if !strings.HasPrefix(text, "/") {
		return nil, errors.New(`a place is a JSON pointer such as "/data/id"`)
	}
	steps := strings.Split(text[1:], "/")
	for i, step := range steps {
		if step == "" {
			return nil, errors.New("a pointer has no empty step")
		}
		for at := strings.IndexByte(step, '~'); at >= 0; at = -1 {
			if strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(step), "~") {
				return nil, errors.New("a tilde in a pointer is written ~0, a slash ~1")
			}
		}
		steps[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
	}
	return steps, nil
}

// String returns the pointer as it is written.
func (p Pointer) String() string {
	var b strings.Builder
	for _, step := range p {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	return b.String()
}

// HasStar reports whether the pointer has a step for each item.
func (p Pointer) HasStar() bool { return slices.Contains(p, "*") }

// Raw returns the value at a place of a JSON document as it is written, nil if there is none.
func (p Pointer) Raw(document json.RawMessage) json.RawMessage {
	for _, step := range p {
		trimmed := bytes.TrimSpace(document)
		if len(trimmed) == 0 {
			return nil
		}
		switch trimmed[0] {
		case '{':
			var members map[string]json.RawMessage
			if json.Unmarshal(trimmed, &members) != nil {
				return nil
			}
			value, ok := members[step]
			if !ok {
				return nil
			}
			document = value
		case '[':
			var items []json.RawMessage
			index, err := strconv.Atoi(step)
			if err != nil || json.Unmarshal(trimmed, &items) != nil || index < 0 || index >= len(items) {
				return nil
			}
			document = items[index]
		default:
			return nil
		}
	}
	return document
}

// Texts returns the texts, numbers and truth values at a place of a JSON document, as texts.
func (p Pointer) Texts(document []byte) []string {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return textsAt(nil, value, p)
}

func textsAt(found []string, value any, steps []string) []string {
	if len(steps) == 0 {
		switch value := value.(type) {
		case string:
			return append(found, value)
		case json.Number:
			return append(found, value.String())
		case bool:
			return append(found, strconv.FormatBool(value))
		default:
			return found
		}
	}
	switch value := value.(type) {
	case map[string]any:
		if inner, ok := value[steps[0]]; ok {
			return textsAt(found, inner, steps[1:])
		}
		if steps[0] == "*" {
			for _, name := range sorted(value) {
				found = textsAt(found, value[name], steps[1:])
			}
		}
	case []any:
		for i, item := range value {
			if steps[0] == "*" || steps[0] == strconv.Itoa(i) {
				found = textsAt(found, item, steps[1:])
			}
		}
	}
	return found
}

// In reports whether a JSON document has one of the values at the place.
func (m *Match) In(document []byte) bool {
	if len(m.Is) == 0 {
		return len(m.At.Texts(document)) > 0
	}
	return slices.ContainsFunc(m.At.Texts(document), func(text string) bool { return slices.Contains(m.Is, text) })
}
