package roster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/pkg/schema"
)

// yamlTree builds the tree of one YAML value as package schema decodes it:
// quoted texts are strings, plain ones keep their characters and leave their
// type open, so that 00123 stays 00123.
type yamlTree struct {
	cleaning bool
	trimmed  int
	maxText  int
	// values counts what was read, aliases as often as they stand for something.
	values int
}

// maxValues is how many values one object may have, all aliases resolved.
const maxValues = 10_000

// nodeError is what is wrong with a tree, at a node.
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
			Cause: LargeCell, Message: fmt.Sprintf("the object has more than %d values, its aliases resolved", maxValues),
			Hint: "a person has no more than a few dozen",
		}}
	}
	switch node.Kind {
	case yaml.AliasNode:
		value, fault := t.value(node.Alias, depth+1)
		if fault != nil {
			fault.node = node // what it stands for may lie in another object
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

// object reads the members of a mapping. Merged mappings (<<) give the members
// that the mapping itself lacks.
func (t *yamlTree) object(node *yaml.Node, depth int, object map[string]any) *nodeError {
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			return &nodeError{node: node.Content[i], FieldError: &schema.FieldError{Cause: Unparsable, Message: "a key is a text, and this is none"}}
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

// mergedBy lists the mappings that a merge key names: one, or several.
func mergedBy(value *yaml.Node) []*yaml.Node {
	if value.Kind == yaml.SequenceNode {
		return value.Content
	}
	return []*yaml.Node{value}
}

func (t *yamlTree) scalar(node *yaml.Node) (any, *nodeError) {
	if len(node.Value) > t.maxText {
		return nil, &nodeError{node: node, FieldError: &schema.FieldError{
			Cause: LargeCell, Message: "the value is larger than " + sizeText(t.maxText), Hint: "shorten it",
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
		return nil, &nodeError{node: node, FieldError: &schema.FieldError{Cause: schema.WrongType, Message: "values with the tag " + tag + " are not read"}}
	}
}

// locateNode finds the node that a JSON Pointer points to: the key of a member,
// the value of an item. Where the pointer leads nowhere, it gives the last node
// that it finds.
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

// indexOfKey gives the index of a key among the nodes of a mapping, -1 where
// it has none.
func indexOfKey(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}
