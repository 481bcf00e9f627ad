package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
)

// errManyDocuments is what parseTree says of a file that holds several documents.
var errManyDocuments = errors.New("the file holds more than one YAML document")

// parseTree reads a text as one YAML document and gives its top node, nil for
// a text without any. Lines and columns are those of the text. The errors of
// the YAML library may repeat parts of the text; syntaxFault removes them.
func parseTree(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(quoteBareKeyring(text)))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); err == nil {
		return nil, errManyDocuments
	} else if !errors.Is(err, io.EOF) {
		return nil, err
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) != 1 {
		return nil, nil
	}
	return document.Content[0], nil
}

// quoteBareKeyring puts quotes around a value that is nothing but "keyring:".
// YAML would take it for a key and refuse the line; people write it all the same.
func quoteBareKeyring(text []byte) []byte {
	if !bytes.Contains(text, []byte("keyring:")) {
		return text
	}
	bare := regexp.MustCompile(`(?m)^([ \t]*[A-Za-z0-9_-]+:[ \t]+)keyring:([ \t]*|[ \t]+#.*)(\r?)$`)
	return bare.ReplaceAll(text, []byte(`${1}"keyring:"${2}${3}`))
}

// maxNodes bounds the tree of a file, so that aliases of aliases, or one that
// contains itself, cannot exhaust the memory.
const maxNodes = 100_000

// expander copies a tree without its aliases and merge keys.
type expander struct{ nodes int }

// errTooManyNodes is what expand says of such aliases.
var errTooManyNodes = errors.New("the file is too large, or an alias contains itself")

// errMerge is what expand says of a merge key with a wrong value.
var errMerge = errors.New("<< needs an alias of a mapping")

// expand gives a copy of a tree in which aliases are replaced by what they
// stand for, and the members that << brings follow a mapping's own.
func (e *expander) expand(node *yaml.Node) (*yaml.Node, error) {
	if e.nodes++; e.nodes > maxNodes {
		return nil, errTooManyNodes
	}
	if node.Kind == yaml.AliasNode {
		return e.expand(node.Alias)
	}
	expanded := *node
	expanded.Content = make([]*yaml.Node, 0, len(node.Content))
	var merged []*yaml.Node
	for i, child := range node.Content {
		if isMerge(node, i) {
			continue
		}
		inner, err := e.expand(child)
		if err != nil {
			return nil, err
		}
		if i > 0 && isMerge(node, i-1) {
			merged = append(merged, inner)
			continue
		}
		expanded.Content = append(expanded.Content, inner)
	}
	return &expanded, merge(&expanded, merged)
}

// isMerge tells whether the child at an index is the key <<.
func isMerge(node *yaml.Node, index int) bool {
	return node.Kind == yaml.MappingNode && index%2 == 0 && node.Content[index].Tag == "!!merge"
}

// merge adds the members of the given mappings, or lists of mappings, that the
// mapping itself lacks. What comes first wins.
func merge(into *yaml.Node, from []*yaml.Node) error {
	for _, node := range from {
		switch node.Kind {
		case yaml.SequenceNode:
			if err := merge(into, node.Content); err != nil {
				return err
			}
		case yaml.MappingNode:
			for key, value := range pairs(node) {
				if member(into, key.Value) < 0 {
					into.Content = append(into.Content, key, value)
				}
			}
		default:
			return errMerge
		}
	}
	return nil
}

// pairs yields the keys and values of a mapping.
func pairs(mapping *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		for pair := range slices.Chunk(mapping.Content, 2) {
			if !yield(pair[0], pair[1]) {
				return
			}
		}
	}
}

// member gives the index of a key among a mapping's children, -1 for none.
func member(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if child := mapping.Content[i]; child.Kind == yaml.ScalarNode && child.Value == key {
			return i
		}
	}
	return -1
}

// isNull tells whether a node holds nothing: an empty value, ~ or null.
func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}
