package document

import (
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Pairs yields the keys and values of a mapping, none for another node. It follows an alias.
func Pairs(mapping *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		if mapping.Kind != yaml.MappingNode {
			return
		}
		for pair := range slices.Chunk(mapping.Content, 2) {
			if !yield(pair[0], Followed(pair[1])) {
				return
			}
		}
	}
}

// Followed returns the target of an alias, and any other node unchanged.
func Followed(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// Members returns the values of a mapping by key, except null. Aliases and merge keys are resolved one level deep, so
// that nested aliases cannot use much memory. The error may repeat parts of the text.
func Members(mapping *yaml.Node) (map[string]*yaml.Node, error) {
	var members map[string]member
	err := mapping.Decode(&members)
	values := map[string]*yaml.Node{}
	for name, found := range members {
		if values[name] = found.node; found.node == nil {
			delete(values, name)
		}
	}
	return values, err
}

// member is a value of a mapping. The YAML library calls UnmarshalYAML with the target of an alias or a merge key, and
// does not call it for null.
type member struct{ node *yaml.Node }

// UnmarshalYAML stores the node.
func (m *member) UnmarshalYAML(node *yaml.Node) error {
	m.node = node
	return nil
}

// Scalar returns the trimmed text of a single value, "" for any other node.
func Scalar(node *yaml.Node) string {
	if node == nil || node.Kind != yaml.ScalarNode {
		return ""
	}
	return strings.TrimSpace(node.Value)
}

// IsNull reports whether a node is empty, ~ or null.
func IsNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

// KindOf returns the kind of a node for an error, with its article.
func KindOf(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode:
		return "a mapping"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case IsNull(node):
		return "nothing"
	default:
		return "a single value"
	}
}

// Text returns a node with a text. It is quoted if YAML would parse it as another type.
func Text(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
}

// List returns a node with a list of texts.
func List(texts []string) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, text := range texts {
		list.Content = append(list.Content, Text(text))
	}
	return list
}

// Child returns the mapping at a key of a mapping. It replaces any other value by an empty mapping.
func Child(mapping *yaml.Node, key string) *yaml.Node {
	if i := index(mapping, key); i >= 0 && mapping.Content[i+1].Kind == yaml.MappingNode {
		return mapping.Content[i+1]
	}
	made := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	Set(mapping, key, made)
	return made
}

// Set sets the value of a key in a mapping. The comment of a previous value is preserved.
func Set(mapping *yaml.Node, key string, value *yaml.Node) {
	i := index(mapping, key)
	if i < 0 {
		if len(mapping.Content) == 0 {
			mapping.Style = 0
		}
		mapping.Content = append(mapping.Content, Text(key), value)
		return
	}
	old := mapping.Content[i+1]
	if old.Kind == yaml.ScalarNode && value.Kind == yaml.ScalarNode && old.Value == value.Value {
		return // keep the original style
	}
	value.LineComment = old.LineComment
	mapping.Content[i+1] = value
}

// Remove removes a key from a mapping, with its comments.
func Remove(mapping *yaml.Node, key string) {
	if i := index(mapping, key); i >= 0 {
		mapping.Content = slices.Delete(mapping.Content, i, i+2)
	}
}

// index returns the index of a key among the children of a mapping, -1 for none.
func index(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if name := mapping.Content[i]; name.Kind == yaml.ScalarNode && name.Value == key {
			return i
		}
	}
	return -1
}
