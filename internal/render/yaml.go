package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/term"
)

func yamlFormat() format {
	return format{
		name: YAML, documents: true,
		list: func(_ context.Context, p *Printer, _ []Column) sink { return &yamlSink{out: p.output()} },
		object: func(_ context.Context, p *Printer, doc any) error {
			node, err := yamlOf(doc)
			if err != nil {
				return err
			}
			text, err := encodeYAML(node)
			return p.output().write(text, err)
		},
	}
}

// encodeYAML returns the YAML of a node, ending in a newline. Characters that could control a terminal and commands to a
// runner are escaped, which changes no value.
func encodeYAML(node *yaml.Node) ([]byte, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(len(indent))
	if err := errors.Join(encoder.Encode(node), encoder.Close()); err != nil {
		return nil, fmt.Errorf("could not encode the result as YAML: %w", err)
	}
	return escapeCommands(escapeControls(text.Bytes(), appendYAMLEscape)), nil
}

func appendYAMLEscape(text []byte, r rune) []byte {
	if r > 0xffff {
		return fmt.Appendf(text, `\U%08x`, r)
	}
	return fmt.Appendf(text, `\u%04x`, r)
}

// yamlOf returns the document of encodeJSON as a YAML node, with the same order of keys.
func yamlOf(doc any) (*yaml.Node, error) {
	text, err := encodeJSON(doc, "", "")
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return yamlNode(decoder)
}

// yamlNode returns the next JSON value as a node.
func yamlNode(decoder *json.Decoder) (*yaml.Node, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		return yamlCollection(decoder, token)
	case string:
		return yamlString(token), nil
	case nil:
		return yamlPlain("null"), nil
	default: // a json.Number with all its digits, or a bool
		return yamlPlain(fmt.Sprint(token)), nil
	}
}

// yamlCollection returns the rest of a JSON object or array as a node. The children of an object alternate between keys
// and values, as in yaml.Node.
func yamlCollection(decoder *json.Decoder, begin json.Delim) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode}
	if begin == '{' {
		node.Kind = yaml.MappingNode
	}
	for decoder.More() {
		child, err := yamlNode(decoder)
		if err != nil {
			return nil, err
		}
		node.Content = append(node.Content, child)
	}
	_, err := decoder.Token() // the closing bracket
	return node, err
}

func yamlPlain(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: value}
}

// yamlString returns a node that every YAML parser reads as a string.
func yamlString(s string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if misreadByYAML11(s) || strings.ContainsFunc(s, term.IsControl) || startsCommand(s) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// misreadByYAML11 reports whether parsers of YAML 1.1 read a string as a boolean or a number that is text in YAML 1.2:
// no, on, 12:30.
func misreadByYAML11(s string) bool {
	switch strings.ToLower(s) {
	case "y", "yes", "on", "n", "no", "off":
		return true
	}
	return strings.Trim(s, "0123456789+-.,:_") == ""
}

// yamlSink prints one list, element by element.
type yamlSink struct {
	out   *output
	begun bool
}

func (s *yamlSink) add(_ []string, doc any, _ string) error {
	node, err := yamlOf(doc)
	if err != nil {
		return err
	}
	s.begun = true
	text, err := encodeYAML(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{node}})
	return s.out.write(text, err)
}

func (s *yamlSink) close() error {
	if s.begun {
		return nil
	}
	return s.out.write([]byte("[]\n"), nil)
}
