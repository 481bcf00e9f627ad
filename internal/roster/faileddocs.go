package roster

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// jsonRows writes objects of JSON: one a line, as a list, or in sequence.
type jsonRows struct {
	w     io.Writer
	list  bool
	begun bool
}

func (j *jsonRows) write(raw rawRow, n note) error {
	start, end := "", "\n"
	if j.list {
		start, end = ",\n", ""
		if !j.begun {
			start = "[\n"
		}
	}
	j.begun = true
	object, _ := raw.object.([]byte)
	_, err := io.WriteString(j.w, start+string(notedObject(object, n))+end)
	return err
}

func (j *jsonRows) close() error {
	end := ""
	switch {
	case j.list && j.begun:
		end = "\n]\n"
	case j.list:
		end = "[]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}

// notedObject adds a note to the properties of a JSON object, which keep their order and form. Other values are
// returned unchanged.
func notedObject(text []byte, n note) []byte {
	if text == nil { // a line that is too long to be stored
		text = []byte("{}")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') || !json.Valid(text) {
		return text
	}
	b := bytes.NewBufferString("{")
	for decoder.More() {
		key, keyErr := decoder.Token()
		var value json.RawMessage
		if keyErr != nil || decoder.Decode(&value) != nil {
			return text // cannot happen, because it is valid
		}
		if name, _ := key.(string); !isOwn(name) {
			writeMember(b, name, value)
		}
	}
	writeMember(b, lineHeader, []byte(strconv.Itoa(n.line)))
	writeMember(b, errorHeader, quoteJSON(n.error))
	writeMember(b, hintHeader, quoteJSON(n.hint))
	b.WriteByte('}')
	return b.Bytes()
}

func writeMember(b *bytes.Buffer, key string, value []byte) {
	if b.Len() > 1 {
		b.WriteByte(',')
	}
	b.Write(quoteJSON(key))
	b.WriteByte(':')
	_ = json.Compact(b, value) // a valid value can be compacted
}

// quoteJSON returns a text as a JSON string, without the escapes for HTML.
func quoteJSON(text string) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be encoded
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// yamlRows writes the items of a YAML list.
type yamlRows struct{ w io.Writer }

func (y *yamlRows) write(raw rawRow, n note) error {
	nodes := maxValues
	node, _ := raw.object.(*yaml.Node)
	item := resolved(node, &nodes, 0)
	if item == nil { // too large for a user
		item = &yaml.Node{Kind: yaml.MappingNode}
	}
	if item.Kind == yaml.MappingNode {
		addNote(item, n)
	}
	text, err := yamlItem(item)
	if err != nil {
		return err
	}
	_, err = y.w.Write(text)
	return err
}

// yamlItem writes an item of a list so that it is read as the same item. The library writes some texts with line
// breaks in a form that it cannot read, and empty braces as an empty text: such an item is written again, with its
// values spelled out.
func yamlItem(item *yaml.Node) ([]byte, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{item}}
	text, err := yaml.Marshal(list)
	if err != nil || readsAs(text, list) {
		return text, err
	}
	spellOut(item)
	if text, err = yaml.Marshal(list); err == nil && !readsAs(text, list) {
		err = errors.New("row cannot be written as YAML")
	}
	return text, err
}

// readsAs reports whether a text is read as a node.
func readsAs(text []byte, node *yaml.Node) bool {
	var document yaml.Node
	return yaml.Unmarshal(text, &document) == nil && len(document.Content) == 1 && sameNode(document.Content[0], node)
}

// sameNode reports whether two nodes have the same value, however they are written.
func sameNode(a, b *yaml.Node) bool {
	absent := a.ShortTag() == "!!null" // which has several spellings
	return a.Kind == b.Kind && a.ShortTag() == b.ShortTag() && (absent || a.Value == b.Value) && slices.EqualFunc(a.Content, b.Content, sameNode)
}

// spellOut converts the scalars below a node to a form that does not depend on its context: quotation marks for
// texts of several lines, a word for null.
func spellOut(node *yaml.Node) {
	switch {
	case node.ShortTag() == "!!null":
		node.Value = "null"
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0, strings.Contains(node.Value, "\n"):
		node.Style = yaml.DoubleQuotedStyle | node.Style&yaml.TaggedStyle
	}
	for _, child := range node.Content {
		spellOut(child)
	}
}

func (y *yamlRows) close() error { return nil }

// resolved returns a copy of a node with its aliases resolved, nil if that has more than a maximum number of
// nodes.
func resolved(node *yaml.Node, left *int, depth int) *yaml.Node {
	if *left--; *left < 0 || depth > 2*maxDepth {
		return nil
	}
	if node.Kind == yaml.AliasNode {
		return resolved(node.Alias, left, depth+1)
	}
	alone := *node
	alone.Anchor, alone.Content = "", make([]*yaml.Node, len(node.Content))
	for i, child := range node.Content {
		if alone.Content[i] = resolved(child, left, depth+1); alone.Content[i] == nil {
			return nil
		}
	}
	return &alone
}

// addNote adds a note to the properties of a mapping.
func addNote(mapping *yaml.Node, n note) {
	kept := mapping.Content[:0]
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if !isOwn(mapping.Content[i].Value) {
			kept = append(kept, mapping.Content[i], mapping.Content[i+1])
		}
	}
	scalar := func(tag, value string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
	}
	kept = append(kept,
		scalar("!!str", lineHeader), scalar("!!int", strconv.Itoa(n.line)),
		scalar("!!str", errorHeader), scalar("!!str", n.error),
		scalar("!!str", hintHeader), scalar("!!str", n.hint))
	mapping.Content = kept
}
