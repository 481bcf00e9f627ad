package ory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// node is a JSON Schema, as far as it determines fields.
type node struct {
	Type        typeNames       `json:"type"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Format      string          `json:"format"`
	Pattern     string          `json:"pattern"`
	MinLength   int             `json:"minLength"`
	MaxLength   int             `json:"maxLength"`
	Enum        []any           `json:"enum"`
	Examples    []any           `json:"examples"`
	Properties  members         `json:"properties"`
	Required    []string        `json:"required"`
	Items       json.RawMessage `json:"items"`
	Extension   extension       `json:"ory.sh/kratos"`
}

// extension is what Ory adds to a JSON Schema: the credentials of which a trait is the identifier.
type extension struct {
	Credentials map[string]struct {
		Identifier bool `json:"identifier"`
	} `json:"credentials"`
}

// typeNames are the types of a value: one name, or a list of them.
type typeNames []string

// UnmarshalJSON reads one name or a list.
func (t *typeNames) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = typeNames{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// kind is the one type that a value has apart from null; "" if there are several.
func (n node) kind() string {
	names := slices.DeleteFunc(slices.Clone(n.Type), func(name string) bool { return name == "null" })
	switch {
	case len(names) == 1:
		return names[0]
	case len(names) == 0 && n.Properties != nil:
		return "object"
	default:
		return ""
	}
}

// item is the schema of a list's items; of a list of schemas, the first.
func (n node) item() (node, error) {
	var list []json.RawMessage
	text := n.Items
	if json.Unmarshal(text, &list) == nil && len(list) > 0 {
		text = list[0]
	}
	return readNode(text)
}

// identifies returns how well the value identifies a user: 2 for the identifier of a password, 1 for that of another
// credential, 0 for none.
func (n node) identifies() int {
	rank := 0
	for method, credential := range n.Extension.Credentials {
		switch {
		case credential.Identifier && method == "password":
			rank = 2
		case credential.Identifier:
			rank = max(rank, 1)
		}
	}
	return rank
}

// member is one property of an object, not yet read.
type member struct {
	name  string
	value json.RawMessage
}

// members are an object's properties in the order in which they are written.
type members []member

// UnmarshalJSON keeps the order. It fails on a duplicate name.
func (m *members) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return errors.New("properties: not an object")
	}
	*m = members{}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("duplicate property %q", name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		*m = append(*m, member{name, value})
	}
	return nil
}

func readNode(text json.RawMessage) (node, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var read node
	err := decoder.Decode(&read)
	return read, err
}
