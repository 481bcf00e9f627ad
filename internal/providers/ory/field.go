package ory

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"

	"github.com/bring-aboard/usher/pkg/schema"
)

// fieldOf returns the field for a schema of one value, without its name; false if usher has no form for it.
func fieldOf(n node) (schema.Field, bool) {
	field := schema.Field{Title: phrase(n.Title), Help: phrase(n.Description)}
	text := n
	switch n.kind() {
	case "string":
	case "integer":
		field.Kind = schema.Integer
	case "boolean":
		field.Kind = schema.Boolean
		return field, true
	case "array":
		item, err := n.item()
		if err != nil || item.kind() != "string" {
			return schema.Field{}, false
		}
		field.Kind, text = schema.Strings, item
	default:
		return schema.Field{}, false
	}
	if field.Kind != schema.Integer {
		bind(&field, text)
	}
	offer(&field, text)
	exemplify(&field, n)
	return field, true
}

// bind applies what a schema requires of a text. A pattern in the parts of ECMA 262 that RE2 lacks is left to Ory.
func bind(field *schema.Field, n node) {
	switch format := schema.Format(n.Format); format {
	case schema.Email, schema.UUID, schema.URI, schema.Date, schema.DateTime:
		field.Format = format
	}
	field.MinLength, field.MaxLength = max(0, n.MinLength), max(0, n.MaxLength)
	if n.Pattern == "" {
		return
	}
	pattern, err := regexp.Compile(n.Pattern)
	if err != nil {
		field.Help = strings.TrimPrefix(field.Help+"; only Ory checks its pattern", "; ")
		return
	}
	field.Pattern = pattern
}

// offer adds the values that a schema lists. The list is closed if every value can be given as a text; otherwise only
// Ory checks it.
func offer(field *schema.Field, n node) {
	var values []string
	for _, value := range n.Enum {
		if value == nil || value == "" {
			continue // an optional field that is empty
		}
		text, ok := readable(*field, value)
		if !ok {
			return
		}
		values = append(values, text)
	}
	field.Suggestions, field.Closed = values, len(values) > 0
}

// exemplify adds the first example of a schema, if it is valid.
func exemplify(field *schema.Field, n node) {
	if field.Kind == schema.Strings || len(n.Examples) == 0 {
		return
	}
	if text, ok := readable(*field, n.Examples[0]); ok {
		field.Example = text
	}
}

// readable returns a value as the text that users type for it; false if there is no such text, or the schema
// contradicts itself.
func readable(field schema.Field, value any) (string, bool) {
	var text string
	switch value := value.(type) {
	case string:
		text = value
	case json.Number:
		text = value.String()
	}
	if text == "" || field.Kind.IsList() && strings.Contains(text, ";") || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "", false
	}
	parsed, fieldErr := field.Parse(text)
	if fieldErr != nil || len(field.Check(parsed)) > 0 || field.Text(parsed) != text {
		return "", false
	}
	return text, true
}

// phrase returns a text as one line, without a full stop and control characters.
func phrase(text string) string {
	const most = 200
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strings.TrimRight(text, ". ")
}
