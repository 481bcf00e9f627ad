package config

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/pkg/schema"
)

// defaultsOf gives the values of fields as they are written: 00123 stays
// 00123, and yes stays yes until the field says what it is.
func defaultsOf(node *yaml.Node) map[string]any {
	if node == nil {
		return nil
	}
	defaults, _ := fieldValue(node).(map[string]any)
	return defaults
}

func fieldValue(node *yaml.Node) any {
	switch {
	case node.Kind == yaml.MappingNode:
		members := map[string]any{}
		for key, inner := range pairs(node) {
			members[key.Value] = fieldValue(inner)
		}
		return members
	case node.Kind == yaml.SequenceNode:
		items := make([]any, len(node.Content))
		for i, item := range node.Content {
			items[i] = fieldValue(item)
		}
		return items
	case isNull(node):
		return nil
	default:
		return schema.Text(node.Value)
	}
}

// mappingOf gives the field for each header.
func mappingOf(node *yaml.Node) map[string]string {
	if node == nil {
		return nil
	}
	mapping := map[string]string{}
	for header, field := range pairs(node) {
		mapping[header.Value] = scalar(field)
	}
	return mapping
}

// pointedAt follows a JSON Pointer (RFC 6901) below a node. It stops at the
// last node that exists.
func pointedAt(node *yaml.Node, pointer string) *yaml.Node {
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if node == nil || node.Kind != yaml.MappingNode {
			break
		}
		i := member(node, unescape.Replace(token))
		if i < 0 {
			break
		}
		node = node.Content[i+1]
	}
	return node
}
