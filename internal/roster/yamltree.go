package roster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/pkg/schema"
)

// yamlTree builds the tree of one YAML value as package schema decodes it: quoted texts are strings, plain ones
// keep their characters and have no type yet, so that 00123 stays 00123.
type yamlTree struct {
	cleaning bool
	trimmed  int
	maxText  int
	// values is the number of values read, including those of aliases.
	values int
}

// maxValues is the maximum number of values in one object, with all aliases resolved.
const maxValues = 10_000

// nodeError is an error in a tree, at a node.
type nodeError struct {
	node *yaml.Node
	*schema.FieldError
}

func (t *yamlTree) value(node *yaml.Node, depth int) (any, *nodeError) {
	t.values++
	switch {
	case depth > maxDepth:
		return nil, &nodeError{node: node, FieldError: tooDeep()}
	case t.values > maxValues:
		return nil, &nodeError{node: node, FieldError: &schema.FieldError{
			Cause: LargeCell, Message: fmt.Sprintf("object with more than %d values, with aliases resolved", maxValues),
			Hint: "a user has a few dozen values at most",
		}}
	}
	switch node.Kind {
	case yaml.AliasNode:
		value, fault := t.value(node.Alias, depth+1)
		if fault != nil {
			fault.node = node // its target may be in another object
		}
		return value, fault
	case yaml.MappingNode:
		object := map[string]any{}
		fault := t.object(node, depth, object)
		return object, fault
	case yaml.SequenceNode:
		items := make([]any, 0, len(node.Content))
		for _, item := range node.Content {
			value, fault := t.value(item, depth+1)
			if fault != nil {
				return nil, fault
			}
			items = append(items, value)
		}
		return items, nil
	default:
		return t.scalar(node)
	}
}

// object reads the properties of a mapping. Merged mappings (<<) add properties that the mapping itself does not
// have.
func (t *yamlTree) object(node *yaml.Node, depth int, object map[string]any) *nodeError {
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			return &nodeError{node: node.Content[i], FieldError: &schema.FieldError{Cause: Unparsable, Message: "key must be a text"}}
		case key.Tag == "!!merge":
			merged = append(merged, mergedBy(value)...)
			continue
		}
		if _, ok := object[key.Value]; ok {
			return &nodeError{node: key, FieldError: keyTwice(key.Value)}
		}
		member, fault := t.value(value, depth+1)
		if fault != nil {
			return fault
		}
		object[key.Value] = member
	}
	for _, source := range merged {
		inherited, fault := t.value(source, depth+1)
		if fault != nil {
			return fault
		}
		members, ok := inherited.(map[string]any)
		if !ok {
			return &nodeError{node: source, FieldError: &schema.FieldError{Cause: Unparsable, Message: "only objects can be merged with <<"}}
		}
		for key, member := range members {
			if _, own := object[key]; !own {
				object[key] = member
			}
		}
	}
	return nil
}

// mergedBy returns the mappings of a merge key: one, or several.
func mergedBy(value *yaml.Node) []*yaml.Node {
	if value.Kind == yaml.SequenceNode {
		return value.Content
	}
	return []*yaml.Node{value}
}

func (t *yamlTree) scalar(node *yaml.Node) (any, *nodeError) {
	if len(node.Value) > t.maxText {
		return nil, &nodeError{node: node, FieldError: &schema.FieldError{
			Cause: LargeCell, Message: "value larger than " + sizeText(t.maxText), Hint: "shorten it",
		}}
	}
	text := node.Value
	if t.cleaning {
		cleaned, trimmed := cleanSpace(text)
		if text = cleaned; trimmed {
			t.trimmed++
		}
	}
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	switch tag := node.ShortTag(); {
	case tag == "!!str" && node.Style&(quoted|yaml.TaggedStyle) != 0:
		return text, nil
	case tag == "!!null":
		return nil, nil
	case slices.Contains([]string{"!!str", "!!int", "!!float", "!!bool", "!!timestamp", "!!merge"}, tag):
		return schema.Text(text), nil
	default:
		return nil, &nodeError{node: node, FieldError: &schema.FieldError{Cause: schema.WrongType, Message: "unsupported tag " + tag}}
	}
}

// locateNode returns the node of a JSON Pointer: the key of a property, the value of an item. If there is no such
// node, it returns the last one on the path.
func locateNode(node *yaml.Node, pointer string) *yaml.Node {
	found := node
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		step = unescapeStep(step)
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		switch node.Kind {
		case yaml.MappingNode:
			i := indexOfKey(node, step)
			if i < 0 {
				return found
			}
			found, node = node.Content[i], node.Content[i+1]
		case yaml.SequenceNode:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(node.Content) {
				return found
			}
			node = node.Content[i]
			found = node
		default:
			return found
		}
	}
	return found
}

// indexOfKey returns the index of a key among the nodes of a mapping, -1 if it has none.
func indexOfKey(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}
