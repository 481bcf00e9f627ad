// Package document reads and edits YAML, JSON and TOML files as trees of YAML nodes.
//
// The nodes have the position and the original text of every value, and the comments of YAML.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"
)

// Formats returns the formats. Each is a file extension.
func Formats() []string { return []string{"yaml", "yml", "json", "toml"} }

// FormatOf returns the format of a file by its extension: yaml, json or toml, and yaml for an unknown one.
func FormatOf(path string) string {
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if !slices.Contains(Formats(), format) || format == "yml" {
		return "yaml"
	}
	return format
}

// Parse returns the top node of a text, nil if it is empty or null. Nodes have a line and a column, except those of
// TOML. It fails with a [*SyntaxError].
func Parse(format string, text []byte) (*yaml.Node, error) {
	document, err := parse(format, text)
	if err != nil {
		return nil, syntaxError(format, text, err)
	}
	return top(document), nil
}

// parse returns a text as a YAML document node, nil for a text without a value.
func parse(format string, text []byte) (*yaml.Node, error) {
	switch format {
	case "json":
		return parseJSON(text)
	case "toml":
		var values map[string]any
		if err := toml.Unmarshal(text, &values); err != nil {
			return nil, err
		}
		return of(values)
	default:
		return parseYAML(quoteBareKeyring(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
	}
}

func parseJSON(text []byte) (*yaml.Node, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil && len(bytes.TrimSpace(text)) > 0 {
		return nil, err
	}
	if document, err := parseYAML(text); err == nil { // JSON is YAML; this parser provides lines
		return document, nil
	}
	var value any // not YAML, for example "\ud83d\ude00"
	decoder := json.NewDecoder(bytes.NewReader(whole))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return of(value)
}

// of returns a document with a value, without positions.
func of(value any) (*yaml.Node, error) {
	node := new(yaml.Node)
	err := node.Encode(value)
	return &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{node}}, err
}

// errManyDocuments is the error for a file with several documents.
var errManyDocuments = errors.New("more than one YAML document")

func parseYAML(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	document := new(yaml.Node)
	if err := decoder.Decode(document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, errManyDocuments
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return document, nil
}

// quoteBareKeyring quotes the value keyring: if it is not quoted. It is a valid reference, but YAML would parse it as a
// key and fail.
func quoteBareKeyring(text []byte) []byte {
	if !bytes.Contains(text, []byte("keyring:")) {
		return text
	}
	bare := regexp.MustCompile(`(?m)^([ \t]*[A-Za-z0-9_-]+:[ \t]+)keyring:([ \t]*|[ \t]+#.*)$`)
	return bare.ReplaceAll(text, []byte(`${1}"keyring:"${2}`))
}

// top returns the value of a document, nil for none.
func top(document *yaml.Node) *yaml.Node {
	if document == nil || len(document.Content) != 1 || IsNull(document.Content[0]) {
		return nil
	}
	return document.Content[0]
}

// ErrNotEditable is the error for a text that cannot be edited without changing another value, for example because an
// anchor in use would be removed.
var ErrNotEditable = errors.New("the file cannot be edited safely")

// Edit returns a text with its top mapping changed. Order and comments of YAML are preserved, its spacing is not; JSON
// and TOML are sorted, and comments of TOML are lost. If nothing changes, the text is returned byte by byte. Edit fails
// with the error of change, with [ErrNotEditable], or as [Parse] does.
func Edit(format string, text []byte, change func(top *yaml.Node) error) ([]byte, error) {
	document, err := parse(format, text)
	if err != nil {
		return nil, syntaxError(format, text, err)
	}
	if top(document) == nil {
		document = &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode, Tag: "!!map", HeadComment: comments(text)}}}
	}
	var before, after any
	if document.Decode(&before) != nil || document.Content[0].Kind != yaml.MappingNode {
		return nil, ErrNotEditable
	}
	if err := change(document.Content[0]); err != nil {
		return nil, err
	}
	if document.Decode(&after) != nil {
		return nil, ErrNotEditable
	}
	if reflect.DeepEqual(before, after) {
		return text, nil
	}
	changed, err := encode(format, document, after)
	if err == nil && bytes.Contains(text, []byte("\r\n")) {
		changed = bytes.ReplaceAll(changed, []byte("\n"), []byte("\r\n"))
	}
	return changed, err
}

// encode returns the text of a document with the given value. It fails with [ErrNotEditable] unless the text parses to
// the same value.
func encode(format string, document *yaml.Node, value any) ([]byte, error) {
	var text bytes.Buffer
	var encoder interface{ Encode(any) error }
	switch format {
	case "json":
		indented := json.NewEncoder(&text)
		indented.SetIndent("", "  ")
		indented.SetEscapeHTML(false)
		encoder = indented
	case "toml":
		encoder = toml.NewEncoder(&text)
	default:
		indented := yaml.NewEncoder(&text)
		indented.SetIndent(2)
		encoder, value = indented, any(document)
	}
	var want, got any
	if encoder.Encode(value) != nil || document.Decode(&want) != nil {
		return nil, ErrNotEditable
	}
	read, err := parse(format, text.Bytes())
	if err != nil || read == nil || read.Decode(&got) != nil || !reflect.DeepEqual(want, got) {
		return nil, ErrNotEditable
	}
	return text.Bytes(), nil
}

// comments returns the comment lines of a text.
func comments(text []byte) string {
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}
