package rest

import (
	"encoding/json"
	"strings"
)

// genericReason returns the common shapes of an error body in JSON as one sentence: a message under one of its usual
// names, alone or within "error", and the fields that were refused. It returns "" for anything else.
func genericReason(body []byte) string {
	var document map[string]json.RawMessage
	if json.Unmarshal(body, &document) != nil {
		return ""
	}
	parts := violations(document["violations"])
	if message := message(document); message != "" {
		parts = append([]string{message}, parts...)
	}
	return strings.Join(parts, "; ")
}

// message returns the first message that an object contains.
func message(document map[string]json.RawMessage) string {
	for _, name := range []string{"message", "error_description", "detail", "error", "title", "description"} {
		if text := textOf(document[name]); text != "" {
			return text
		}
		var nested map[string]json.RawMessage
		if name == "error" && json.Unmarshal(document[name], &nested) == nil {
			if text := textOf(nested["message"]); text != "" {
				return text
			}
		}
	}
	return ""
}

// violations returns the refused fields, one "field: message" each.
func violations(list json.RawMessage) []string {
	var items []map[string]json.RawMessage
	if json.Unmarshal(list, &items) != nil {
		return nil
	}
	var parts []string
	for _, item := range items {
		switch field, text := textOf(item["field"]), textOf(item["message"]); {
		case field != "" && text != "":
			parts = append(parts, field+": "+text)
		case field+text != "":
			parts = append(parts, field+text)
		}
	}
	return parts
}

// textOf returns the text of a JSON string or of a list of them, "" for anything else.
func textOf(value json.RawMessage) string {
	var text string
	var list []string
	switch {
	case json.Unmarshal(value, &text) == nil:
		return strings.TrimSpace(text)
	case json.Unmarshal(value, &list) == nil:
		return strings.Join(list, ", ")
	default:
		return ""
	}
}
