package describe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/template"
)

// The limits of a description.
const (
	// MaxSize is the largest size in bytes.
	MaxSize = 256 << 10
	// maxDepth is the deepest nesting.
	maxDepth = 32
	// maxErrors is the number of errors after which reading ends.
	maxErrors = 20
)

// reader reads YAML nodes and collects errors.
type reader struct{ errors Errors }

func (r *reader) refuse(node *yaml.Node, format string, values ...any) {
	if len(r.errors) < maxErrors {
		r.errors = append(r.errors, Error{Line: max(node.Line, 1), Column: max(node.Column, 1), Problem: fmt.Sprintf(format, values...)})
	}
}

// check reports an error at a node.
func (r *reader) check(node *yaml.Node, err error) bool {
	if err != nil {
		r.refuse(node, "%s", err)
	}
	return err == nil
}

// words maps the words that an object may have to what reads their values.
type words map[string]func(*yaml.Node)

// object reads a mapping with these words, of which some are required.
func (r *reader) object(node *yaml.Node, what string, known words, required ...string) {
	if node.Kind != yaml.MappingNode {
		r.refuse(node, "%s must be a mapping of words to values", what)
		return
	}
	seen := map[string]bool{}
	for pair := range slices.Chunk(node.Content, 2) {
		name := pair[0].Value
		read, ok := known[name]
		switch {
		case pair[0].Kind != yaml.ScalarNode || !ok:
			r.refuse(pair[0], "%s: %s", what, unknown("word", name, sorted(known)))
		case seen[name]:
			r.refuse(pair[0], "%s: the word %s is listed twice", what, name)
		default:
			seen[name] = true
			read(pair[1])
		}
	}
	for _, name := range required {
		if !seen[name] {
			r.refuse(node, "%s: the word %s is missing", what, name)
		}
	}
}

// list reads a sequence.
func (r *reader) list(node *yaml.Node, what string, read func(*yaml.Node)) {
	if node.Kind != yaml.SequenceNode {
		r.refuse(node, "%s must be a list", what)
		return
	}
	for _, item := range node.Content {
		read(item)
	}
}

// scalar returns the text of a single value.
func (r *reader) scalar(node *yaml.Node, what string) string {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
		r.refuse(node, "%s must be a single value", what)
		return ""
	}
	return node.Value
}

// text returns what reads a text into a variable.
func (r *reader) text(what string, into *string) func(*yaml.Node) {
	return func(node *yaml.Node) { *into = r.scalar(node, what) }
}

// oneOf returns what reads one of the valid texts.
func (r *reader) oneOf(what string, valid []string, use func(string)) func(*yaml.Node) {
	return func(node *yaml.Node) {
		text := r.scalar(node, what)
		if text != "" && !slices.Contains(valid, text) {
			r.refuse(node, "%s: %s; must be one of %s", what, unknown("value", text, valid), strings.Join(valid, ", "))
			return
		}
		use(text)
	}
}

// truth returns what reads true or false.
func (r *reader) truth(what string, into *bool) func(*yaml.Node) {
	return func(node *yaml.Node) {
		if node.Kind != yaml.ScalarNode || node.Tag != "!!bool" {
			r.refuse(node, "%s must be true or false", what)
			return
		}
		*into = node.Value == "true"
	}
}

// number returns what reads a whole number from least to most.
func (r *reader) number(what string, least, most int, into *int) func(*yaml.Node) {
	return func(node *yaml.Node) {
		number, err := strconv.Atoi(node.Value)
		if node.Kind != yaml.ScalarNode || node.Tag != "!!int" || err != nil || number < least || number > most {
			r.refuse(node, "%s must be a whole number from %d to %d", what, least, most)
			return
		}
		*into = number
	}
}

// texts returns what reads a list of texts, or one text.
func (r *reader) texts(what string, into *[]string) func(*yaml.Node) {
	return func(node *yaml.Node) {
		if node.Kind == yaml.ScalarNode {
			*into = append(*into, r.scalar(node, what))
			return
		}
		r.list(node, what, func(item *yaml.Node) { *into = append(*into, r.scalar(item, what)) })
	}
}

// pointer returns what reads a pointer.
func (r *reader) pointer(what string, into *Pointer) func(*yaml.Node) {
	return func(node *yaml.Node) {
		if node.Kind != yaml.ScalarNode || node.Tag == "!!null" {
			r.refuse(node, "%s must be a JSON pointer", what)
			return
		}
		pointer, err := ParsePointer(node.Value)
		if r.check(node, err) {
			*into = pointer
		}
	}
}

// value returns what reads a JSON value whose texts are templates with these names; nil names allow none, so that every
// text is as it is written.
func (r *reader) value(what string, names []string, into *Value) func(*yaml.Node) {
	return func(node *yaml.Node) { *into = r.json(node, what, names) }
}

func (r *reader) json(node *yaml.Node, what string, names []string) Value {
	switch node.Kind {
	case yaml.MappingNode:
		object := Value{kind: kindObject}
		for pair := range slices.Chunk(node.Content, 2) {
			name := r.scalar(pair[0], what)
			if _, twice := object.Member(name); twice {
				r.refuse(pair[0], "%s: a property is listed twice", what)
			}
			object.members = append(object.members, member{name, r.json(pair[1], what, names)})
		}
		return object
	case yaml.SequenceNode:
		list := Value{kind: kindList}
		for _, item := range node.Content {
			list.items = append(list.items, r.json(item, what, names))
		}
		return list
	}
	switch node.Tag {
	case "!!null":
		return Value{}
	case "!!bool":
		return Value{kind: kindRaw, raw: json.RawMessage(strings.ToLower(node.Value))}
	case "!!int", "!!float":
		if !json.Valid([]byte(node.Value)) {
			r.refuse(node, "%s: a number must be written as in JSON", what)
			return Value{}
		}
		return Value{kind: kindRaw, raw: json.RawMessage(node.Value)}
	}
	if names == nil || !strings.ContainsAny(node.Value, "{}") {
		return Value{kind: kindText, text: Template{template.Literal(node.Value)}}
	}
	parsed, err := ParseTemplate(node.Value, names)
	r.check(node, err)
	return Value{kind: kindText, text: parsed}
}

// top returns the only document of a text. It refuses what the format does not have: aliases, anchors, tags, and deep
// nesting.
func top(text []byte) (*yaml.Node, *Error) {
	if len(text) > MaxSize {
		return nil, &Error{1, 1, fmt.Sprintf("larger than %d KiB", MaxSize>>10)}
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, syntaxError(err)
	}
	var second yaml.Node
	if decoder.Decode(&second) == nil {
		return nil, &Error{max(second.Line, 1), max(second.Column, 1), "a second document"}
	}
	if len(document.Content) != 1 {
		return nil, &Error{1, 1, "empty"}
	}
	if failed := plain(document.Content[0], 0); failed != nil {
		return nil, failed
	}
	return document.Content[0], nil
}

// syntaxError returns the error of a text that is not YAML, without anything of the text.
func syntaxError(err error) *Error {
	failed := &Error{1, 1, "not valid YAML"}
	var line int
	if _, scanErr := fmt.Sscanf(err.Error(), "yaml: line %d:", &line); scanErr == nil && line > 0 {
		failed.Line = line
	}
	if errors.Is(err, io.EOF) {
		failed.Problem = "empty"
	}
	return failed
}

func plain(node *yaml.Node, depth int) *Error {
	place := func(problem string) *Error { return &Error{max(node.Line, 1), max(node.Column, 1), problem} }
	switch {
	case node.Kind == yaml.AliasNode || node.Anchor != "":
		return place("anchors and aliases are not part of the format")
	case depth > maxDepth:
		return place("nested too deeply")
	case node.Style&yaml.TaggedStyle != 0:
		return place("tags are not part of the format")
	case node.Kind == yaml.ScalarNode && !slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!null"}, node.Tag):
		if node.Tag != "!!timestamp" {
			return place("tags are not part of the format")
		}
		node.Tag = "!!str"
	}
	for _, inner := range node.Content {
		if failed := plain(inner, depth+1); failed != nil {
			return failed
		}
	}
	return nil
}

// ReadAll reads the text of a description. It reads no more than [Parse] needs to refuse one that is too large.
func ReadAll(from io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(from, MaxSize+1)) }
