package roster

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func yamlFormat() format {
	return format{
		name: YAML, title: "YAML", endings: []string{"yml"}, recognises: isYAML,
		openDocuments: func(c *content, o Options) (documentForm, error) {
			t, err := openText(c, o)
			return &yamlForm{textForm: t, maxText: o.maxCell()}, err
		},
		records: yamlRecords,
	}
}

// isYAML reports whether a text is YAML, by its first significant line.
func isYAML(text []byte) bool {
	for line := range bytes.Lines(text) {
		line := bytes.TrimRight(line, " \t\r\n")
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		return bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("%YAML")) ||
			bytes.HasPrefix(line, []byte("- ")) || string(line) == "-" || isYAMLKey(line)
	}
	return false
}

// isYAMLKey reports whether a line is "key: value", unlike header lines of CSV.
func isYAMLKey(line []byte) bool {
	key, value, found := bytes.Cut(line, []byte{':'})
	return found && !bytes.ContainsAny(key, " ,;\t|\"'") && (len(value) == 0 || value[0] == ' ')
}

// yamlForm is a list of objects, or objects in separate documents.
type yamlForm struct {
	textForm
	maxText int
}

func (f *yamlForm) documents(p *pass, _ *tally) documents {
	return newYAMLDocuments(f.encoding.NewReader(p), f.maxText)
}

func (f *yamlForm) rewrite(w io.Writer, _ []string) (rowWriter, error) {
	encoded := f.encoding.NewWriter(w)
	return encodedRows{&yamlRows{w: encoded}, encoded}, nil
}

// yamlDocuments reads YAML: a list of objects, or a document for each. A document is loaded completely, which
// takes some 20 times its size, so it may be no larger than 16 of the largest values: 16 MiB, unless the options
// change it.
type yamlDocuments struct {
	text    *boundedReader
	decoder *yaml.Decoder
	items   []*yaml.Node
	maxText int
	wrapper wrapper
}

func newYAMLDocuments(text io.Reader, maxText int) *yamlDocuments {
	bounded := &boundedReader{r: text, most: 16 * maxText}
	return &yamlDocuments{text: bounded, decoder: yaml.NewDecoder(bounded), maxText: maxText}
}

func (d *yamlDocuments) next() (element, error) {
	for len(d.items) == 0 {
		if err := d.decode(); err != nil {
			return element{}, err
		}
	}
	node := d.items[0]
	d.items[0], d.items = nil, d.items[1:]
	e := element{line: node.Line, column: node.Column, raw: rawRow{object: node}}
	e.locate = func(pointer string) (int, int) {
		found := locateNode(node, pointer)
		return found.Line, found.Column
	}
	tree := yamlTree{cleaning: true, maxText: d.maxText}
	value, fault := tree.value(node, 0)
	object, ok := value.(map[string]any)
	switch {
	case fault != nil:
		e.broken = &brokenRow{line: fault.node.Line, column: fault.node.Column, fault: fault.FieldError}
	case !ok:
		e.broken = &brokenRow{line: node.Line, column: node.Column, fault: notAnObject()}
	}
	e.tree, e.trimmed = object, tree.trimmed
	return e, nil
}

// decode reads the next document. An empty one has no item.
func (d *yamlDocuments) decode() error {
	d.text.restart()
	var document yaml.Node
	err := d.decoder.Decode(&document)
	switch {
	case d.text.err != nil:
		return d.text.err
	case isEnd(err):
		return io.EOF
	case err != nil:
		return brokenYAML(err)
	}
	root := document.Content[0]
	switch {
	case root.Kind == yaml.SequenceNode:
		d.items = slices.Clone(root.Content) // the remaining items are released, which an alias may refer to
	case d.unwrap(root, nil):
	case root.ShortTag() != "!!null":
		d.items = []*yaml.Node{root}
	}
	return nil
}

// unwrap finds the list of objects in a mapping, and reports whether there is one.
func (d *yamlDocuments) unwrap(node *yaml.Node, path []string) bool {
	if node.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i].Value, node.Content[i+1]
		place := append(slices.Clone(path), key)
		isList := value.Kind == yaml.SequenceNode && (len(value.Content) == 0 || value.Content[0].Kind == yaml.MappingNode)
		found := isList && isListName(key)
		if found {
			d.items, d.wrapper.path = slices.Clone(value.Content), place
		}
		if found || len(path) == 0 && isAroundName(key) && d.unwrap(value, place) {
			for j := 0; j+1 < len(node.Content); j += 2 {
				if j != i {
					d.wrapper.beside = append(d.wrapper.beside, node.Content[j].Value)
				}
			}
			return true
		}
	}
	return false
}

// opened returns where the list was found.
func (d *yamlDocuments) opened() wrapper { return d.wrapper }

// brokenYAML converts an error of the decoder, whose text contains the line. Quotes of the file are removed,
// because they may be secret.
func brokenYAML(err error) *Error {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if n, _ := fmt.Sscanf(text, "line %d: ", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
	}
	return &Error{
		Kind: Syntax, Line: line, Message: "invalid YAML: " + withoutQuotes(text),
		Hint: "enclose texts with special characters in quotation marks",
	}
}

// withoutQuotes removes what a message quotes, except for a sign such as ':'.
func withoutQuotes(message string) string {
	pieces := strings.Split(message, "'")
	for i := 1; i < len(pieces); i += 2 {
		if len(pieces[i]) > 1 {
			pieces[i] = "…"
		}
	}
	return strings.Join(pieces, "'")
}

// boundedReader stops if a document exceeds a limit, and stores why the underlying reading ended.
type boundedReader struct {
	r    io.Reader
	most int
	read int
	err  error
}

func (b *boundedReader) restart() { b.read = 0 }

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.err == nil && b.read > b.most {
		b.err = &Error{
			Kind: TooLarge, Message: "YAML document larger than " + sizeText(b.most),
			Hint: "write one document per user, or NDJSON: yq -o json -I 0 '.[]' FILE",
		}
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.read += n
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// asYAML returns a JSON text as YAML, with its strings in quotation marks.
func asYAML(text []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	unfold(document.Content[0])
	return yaml.Marshal(&document)
}

// unfold writes lists and objects with one line per property, and keys without quotation marks.
func unfold(node *yaml.Node) {
	node.Style &^= yaml.FlowStyle
	for i, child := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 0 {
			child.Style = 0
		}
		unfold(child)
	}
}
