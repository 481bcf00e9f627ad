package draft

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bring-aboard/usher/internal/describe"
	"github.com/bring-aboard/usher/pkg/schema"
)

// node is a JSON value whose properties keep their order.
type node struct {
	kind nodeKind
	// text is the value of a text, and the JSON of a number or a truth value.
	text    string
	members []member
	items   []*node
	about   about
	// isCopy is set for a repeated password, which is no field.
	isCopy bool
}

type nodeKind int

const (
	nullNode nodeKind = iota
	textNode
	numberNode
	truthNode
	objectNode
	listNode
)

type member struct {
	name string
	node *node
}

// about is what a schema says of a value, and a sample does not.
type about struct {
	help, format string
	required     bool
	secret       bool
	values       []string
}

// maxDepth is the deepest nesting of a body.
const maxDepth = 16

// member returns a property of an object, nil if there is none.
func (n *node) member(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.node
		}
	}
	return nil
}

// sample returns the value as JSON that is YAML as well; "" if there is none to send.
func (n *node) sample() string {
	switch n.kind {
	case textNode:
		if n.text == "" {
			return ""
		}
		return quote(n.text)
	case numberNode, truthNode:
		return n.text
	case objectNode:
		var parts []string
		for _, m := range n.members {
			if text := m.node.sample(); text != "" {
				parts = append(parts, quote(m.name)+": "+text)
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case listNode:
		var parts []string
		for _, item := range n.items {
			if text := item.sample(); text != "" {
				parts = append(parts, text)
			}
		}
		if len(parts) == 0 {
			return ""
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return ""
	}
}

// withoutSecrets removes what is secret by its name or its schema.
func (n *node) withoutSecrets(place []string) {
	n.members = slices.DeleteFunc(n.members, func(m member) bool {
		at := append(slices.Clone(place), m.name)
		m.node.withoutSecrets(at)
		return m.node.kind == textNode && (m.node.about.secret || isSecret(at))
	})
	for _, item := range n.items {
		item.withoutSecrets(append(slices.Clone(place), "0"))
	}
}

// identify gives the key a value that a user can have, if its sample is none.
func (n *node) identify(format string) {
	if format == "" && (n.text == "" || strings.ContainsAny(n.text, "<>{}[]$ ") || n.text == "string") {
		n.kind, n.text = textNode, "ada"
	}
}

// parseJSON reads a JSON document. The error of one that is not JSON has the number of bytes up to the error.
func parseJSON(text string) (n *node, read int, err error) {
	var whole json.RawMessage
	if failed, ok := errors.AsType[*json.SyntaxError](json.Unmarshal([]byte(text), &whole)); ok {
		return nil, int(failed.Offset), errors.New("not valid JSON")
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	n, err = readJSON(decoder, 0)
	return n, int(decoder.InputOffset()), err
}

func readJSON(decoder *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errors.New("nested too deeply")
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch value := token.(type) {
	case string:
		return &node{kind: textNode, text: value}, nil
	case json.Number:
		return &node{kind: numberNode, text: value.String()}, nil
	case bool:
		return &node{kind: truthNode, text: fmt.Sprint(value)}, nil
	case json.Delim:
		n := &node{kind: objectNode}
		if value == '[' {
			n.kind = listNode
		}
		for decoder.More() {
			name := ""
			if n.kind == objectNode {
				token, err := decoder.Token()
				if err != nil {
					return nil, err
				}
				name, _ = token.(string)
				if n.member(name) != nil {
					return nil, errors.New("a property is listed twice")
				}
			}
			inner, err := readJSON(decoder, depth+1)
			if err != nil {
				return nil, err
			}
			if n.kind == objectNode {
				n.members = append(n.members, member{name, inner})
			} else {
				n.items = append(n.items, inner)
			}
		}
		_, err := decoder.Token()
		return n, err
	default:
		return &node{}, nil
	}
}

// fields returns the fields of the body. What no field can be is removed from the body, with the reason in s.left; a
// secret gets another value.
func (s *source) fields() []*field {
	if s.envelope == "" && len(s.body.members) == 1 && s.body.members[0].node.kind == objectNode {
		s.envelope, s.body = s.body.members[0].name, s.body.members[0].node
	}
	s.named = map[string]bool{}
	var fields []*field
	s.flatten(nil, s.body, "", &fields)
	return fields
}

func (s *source) flatten(place []string, object *node, todo string, fields *[]*field) {
	kept := object.members[:0:0]
	for _, m := range object.members {
		at := append(slices.Clone(place), m.name)
		n := m.node
		f := &field{place: at, node: n, name: fieldName(at), todo: todo}
		reason := ""
		switch {
		case m.name == "" || f.name == "":
			reason = "has no name"
		case integerPattern.MatchString(m.name):
			reason = "has the name of a position in a list"
		case n.kind == objectNode && len(n.members) > 0:
			s.flatten(at, n, todo, fields)
			kept = append(kept, m)
			continue
		case n.kind == listNode && len(n.items) > 0 && n.items[0].kind == objectNode && !hasIndex(at):
			n.items = n.items[:1]
			s.flatten(append(at, "0"), n.items[0], "a list of objects: the fields are those of its first item; kind: objects with parts describes several", fields)
			kept = append(kept, m)
			continue
		case n.kind == listNode && !slices.ContainsFunc(n.items, func(item *node) bool { return item.kind != textNode }):
			f.kind = "strings"
		case n.kind == numberNode && integerPattern.MatchString(n.text):
			f.kind = "integer"
		case n.kind == truthNode:
			f.kind = "boolean"
		case n.kind == textNode, n.kind == nullNode:
		default:
			reason = "is of a kind that no field has"
		}
		if s.named[schema.FoldName(f.name)] {
			reason = "has the name of another field"
		}
		if reason != "" {
			s.left = append(s.left, fmt.Sprintf("%s is left out: it %s", scalarInComment(describe.Pointer(at).String()), reason))
			continue
		}
		kept = append(kept, m)
		if f.kind == "" && s.isRepeated(f, *fields) {
			continue
		}
		f.settle()
		s.named[schema.FoldName(f.name)] = true
		*fields = append(*fields, f)
	}
	object.members = kept
}

var integerPattern = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

// fieldName returns the name of a field: the names of its place without positions in lists, joined with dots.
func fieldName(place []string) string {
	var names []string
	for i, step := range place {
		if step == "0" && i > 0 {
			continue
		}
		names = append(names, strings.Trim(strings.Map(func(r rune) rune {
			if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-') {
				return r
			}
			return '_'
		}, step), "_-"))
	}
	if slices.Contains(names, "") {
		return ""
	}
	return strings.Join(names, ".")
}

// isRepeated reports whether a text repeats the password that is beside it. It becomes a copy of that field.
func (s *source) isRepeated(f *field, fields []*field) bool {
	name := schema.FoldName(f.place[len(f.place)-1])
	if !strings.Contains(name, "confirm") && !strings.Contains(name, "repeat") {
		return false
	}
	for _, other := range fields {
		if other.secret && strings.Contains(name, schema.FoldName(other.place[len(other.place)-1])) {
			other.copies = append(other.copies, scalar(describe.Pointer(f.place).String()))
			f.node.kind, f.node.text, f.node.isCopy = textNode, other.node.text, true
			return true
		}
	}
	return false
}

// settle sets what follows from the name and the value of a text.
func (f *field) settle() {
	n := f.node
	if f.kind != "" || n.kind != textNode && n.kind != nullNode {
		return
	}
	n.kind = textNode
	if n.about.secret || isSecret(f.place) {
		f.secret, n.text = true, sampleSecret
		return
	}
	_, err := mail.ParseAddress(n.text)
	isAddress := err == nil && !strings.ContainsAny(n.text, " <>")
	name := schema.FoldName(f.place[len(f.place)-1])
	_, noDate := time.Parse(time.DateOnly, n.text)
	_, noTime := time.Parse(time.RFC3339, n.text)
	switch {
	case n.about.format != "":
		f.format = n.about.format
	case isAddress, strings.HasSuffix(name, "email"), name == "mail", strings.HasSuffix(name, "emailaddress"):
		f.format = "email"
	case uuidPattern.MatchString(n.text):
		f.format = "uuid"
	case noDate == nil:
		f.format = "date"
	case noTime == nil:
		f.format = "date-time"
	}
	switch {
	case len(n.about.values) > 0:
		n.text = n.about.values[0]
	case f.format == "email" && !isAddress:
		n.text = "ada@example.com"
	case f.format == "uuid" && !uuidPattern.MatchString(n.text):
		n.text = "0a1b2c3d-0000-4000-8000-000000000001"
	case f.format == "date" && noDate != nil:
		n.text = "2030-01-31"
	case f.format == "date-time" && noTime != nil:
		n.text = "2030-01-31T00:00:00Z"
	case f.format == "uri" && !strings.Contains(n.text, "://"):
		n.text = "https://example.com/"
	}
}

// sampleSecret replaces every secret of a source.
const sampleSecret = "Example-123456"

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// isSecret reports whether the name of a place is one of a password, a token or a key.
func isSecret(place []string) bool {
	names := slices.DeleteFunc(slices.Clone(place), func(step string) bool { return step == "0" })
	if len(names) == 0 {
		return false
	}
	last := schema.FoldName(names[len(names)-1])
	if len(names) > 1 && last == "value" { // {"password": {"value": "..."}}
		last = strings.TrimSuffix(schema.FoldName(names[len(names)-2]), "s")
	}
	if slices.Contains([]string{"pass", "pwd", "pin", "otp", "credential"}, last) {
		return true
	}
	for _, word := range []string{"password", "passwd", "passphrase", "passcode", "secret", "token", "apikey", "privatekey"} {
		if rest, ok := strings.CutPrefix(last, word); ok && slices.Contains([]string{"confirm", "confirmation", "repeat", "hash", "plain"}, rest) ||
			strings.HasSuffix(last, word) {
			return true
		}
	}
	return false
}
