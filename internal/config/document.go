package config

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is the text of a profile file under change, with the tree that it
// means. A change is made in the tree first. Then only the lines of the innermost
// block that holds it are written anew, so that comments, order and spacing of
// all others stay. The result counts only if it reads back as the changed tree;
// if not, the whole tree is written anew.
type document struct {
	text []byte
	top  *yaml.Node
}

// errNotEditable is the error for a file that cannot be changed without
// changing what it means, such as the removal of an anchor that is in use.
var errNotEditable = errors.New("the file is written in a way that usher cannot change safely")

func openDocument(text []byte) (*document, error) {
	top, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	if top != nil && isNull(top) {
		top = nil
	}
	return &document{text: text, top: top}, nil
}

// spot is one step on the way to a value: a mapping, and the index of the key
// in it, -1 where it has none.
type spot struct {
	mapping *yaml.Node
	index   int
}

// follow goes along a path as far as it exists. The last spot lacks the key,
// or holds the value at the end of the path or something that is no mapping.
func follow(top *yaml.Node, path []string) []spot {
	var spots []spot
	node := top
	for _, key := range path {
		if node == nil || node.Kind != yaml.MappingNode {
			break
		}
		index := member(node, key)
		spots = append(spots, spot{node, index})
		if index < 0 {
			break
		}
		node = node.Content[index+1]
	}
	return spots
}

// set puts a value at a path of keys, making the mappings on the way to it.
func (d *document) set(path []string, value *yaml.Node) error {
	spots := follow(d.top, path)
	if len(spots) == 0 {
		return d.start(path, value)
	}
	depth := len(spots) - 1
	value = nest(path[depth+1:], value)
	if spots[depth].index < 0 {
		return d.add(spots, textNode(path[depth]), value)
	}
	pair := spots[depth].mapping.Content[spots[depth].index:]
	if same(pair[1], value) {
		return nil
	}
	place := d.lines(spots, depth)
	value.LineComment = pair[1].LineComment
	pair[1] = value
	return d.replace(place, spots, depth)
}

// add puts a pair behind the last one of the mapping at the end of the way.
func (d *document) add(spots []spot, key, value *yaml.Node) error {
	depth := len(spots) - 1
	mapping := spots[depth].mapping
	if len(mapping.Content) == 0 {
		mapping.Style &^= yaml.FlowStyle
		mapping.Content = []*yaml.Node{key, value}
		return d.replace(d.lines(spots, depth-1), spots, depth-1)
	}
	if isFlow(mapping) {
		mapping.Content = append(mapping.Content, key, value)
		return d.replace(d.lines(spots, depth-1), spots, depth-1)
	}
	spots[depth].index = len(mapping.Content) - 2
	place := d.lines(spots, depth)
	mapping.Content = append(mapping.Content, key, value)
	return d.adopt(d.splice(edit{first: place.end, end: place.end, column: place.column}, render(key, value)))
}

// fill puts the members of a mapping at a path: one by one where a mapping
// stands there, so that the lines of equal ones stay.
func (d *document) fill(path []string, members *yaml.Node) error {
	if there := d.mapping(path); there == nil || len(there.Content) == 0 {
		return d.set(path, members)
	}
	for key, value := range pairs(members) {
		if err := d.set(append(slices.Clone(path), key.Value), value); err != nil {
			return err
		}
	}
	return nil
}

// keepOnly removes from the mapping at a path what is not a member of the given one.
func (d *document) keepOnly(path []string, members *yaml.Node) error {
	var surplus []string
	for key := range pairs(d.mapping(path)) {
		if member(members, key.Value) < 0 {
			surplus = append(surplus, key.Value)
		}
	}
	for _, key := range surplus {
		if err := d.remove(append(slices.Clone(path), key)); err != nil {
			return err
		}
	}
	return nil
}

// mapping gives the mapping at a path, nil where there is none.
func (d *document) mapping(path []string) *yaml.Node {
	spots := follow(d.top, path)
	if len(spots) < len(path) || spots[len(spots)-1].index < 0 {
		return nil
	}
	last := spots[len(spots)-1]
	if value := last.mapping.Content[last.index+1]; value.Kind == yaml.MappingNode {
		return value
	}
	return nil
}

// start writes the first value of a file that holds none, below its comments.
func (d *document) start(path []string, value *yaml.Node) error {
	if d.top != nil {
		return errNotEditable
	}
	d.top = nest(path, value)
	end := len(textLines(d.text)) + 1
	return d.adopt(d.splice(edit{first: end, end: end, column: 1}, render(d.top.Content[0], d.top.Content[1])))
}

// remove takes away the value at a path, with the comment lines right above a
// nested one. A mapping that becomes empty stays as {}.
func (d *document) remove(path []string) error {
	spots := follow(d.top, path)
	depth := len(spots) - 1
	if depth != len(path)-1 || spots[depth].index < 0 {
		return nil
	}
	mapping, index := spots[depth].mapping, spots[depth].index
	place := d.lines(spots, depth)
	mapping.Content = slices.Delete(mapping.Content, index, index+2)
	switch {
	case len(mapping.Content) == 0 && depth == 0:
		d.top = nil
	case len(mapping.Content) == 0 || isFlow(mapping):
		return d.replace(d.lines(spots, depth-1), spots, depth-1)
	}
	return d.adopt(d.splice(d.withComments(place), nil))
}

// replace writes anew the lines of the innermost pair, from a depth outward,
// that stands in a block.
func (d *document) replace(place edit, spots []spot, depth int) error {
	for depth >= 0 && isFlow(spots[depth].mapping) {
		depth--
		place = d.lines(spots, depth)
	}
	if depth < 0 {
		return d.adopt(nil)
	}
	pair := spots[depth].mapping.Content[spots[depth].index:]
	return d.adopt(d.splice(place, render(pair[0], pair[1])))
}

// adopt takes a text as the document's if it means the changed tree, else the
// tree written anew.
func (d *document) adopt(text []byte) error {
	candidates := [][]byte{text}
	if d.top != nil {
		candidates = append(candidates, encode(d.top))
	}
	for _, candidate := range candidates {
		if candidate == nil {
			continue
		}
		read, err := openDocument(candidate)
		if err == nil && same(read.top, d.top) {
			*d = *read
			return nil
		}
	}
	return errNotEditable
}

func isFlow(node *yaml.Node) bool { return node.Style&yaml.FlowStyle != 0 }

// nest wraps a value in one mapping for each key.
func nest(path []string, value *yaml.Node) *yaml.Node {
	for _, key := range slices.Backward(path) {
		value = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, value}}
	}
	return value
}

// same tells whether two trees mean the same; comments, style and places aside.
func same(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Value != b.Value || a.Anchor != b.Anchor || a.ShortTag() != b.ShortTag() {
		return false
	}
	return slices.EqualFunc(a.Content, b.Content, same)
}

// render writes one pair of a block mapping, without the comments around it,
// which stand in the lines around it.
func render(key, value *yaml.Node) []byte {
	bare := *key
	bare.HeadComment, bare.FootComment = "", ""
	return encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{&bare, value}})
}

// encode writes a tree, nil where the library cannot.
func encode(node *yaml.Node) []byte {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(node), encoder.Close()); err != nil {
		return nil
	}
	return text.Bytes()
}

// textLines splits a text behind its line breaks.
func textLines(text []byte) []string {
	return slices.Collect(strings.Lines(string(text)))
}
