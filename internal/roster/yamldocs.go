package roster

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlDocuments reads YAML: a list of objects, or a document for each. A
// document is held whole.
type yamlDocuments struct {
	text    *boundedReader
	decoder *yaml.Decoder
	items   []*yaml.Node
	maxText int
}

// maxDocument is the largest YAML document that is read; one of this size
// takes some 20 times as much memory.
const maxDocument = 16 << 20

func newYAMLDocuments(text io.Reader, maxText int) *yamlDocuments {
	bounded := &boundedReader{r: text, most: maxDocument}
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
	e := element{line: node.Line, column: node.Column, raw: rawRow{node: node}}
	e.locate = func(pointer string) (int, int) {
		found := locateNode(node, pointer)
		return found.Line, found.Column
	}
	tree := yamlTree{cleaning: true, maxText: d.maxText}
	value, fault := tree.value(node, 0)
	object, ok := value.(map[string]any)
	switch {
	case fault != nil:
		e.broken = &brokenRow{line: fault.node.Line, column: fault.node.Column, fault: fault.Fault}
	case !ok:
		e.broken = &brokenRow{line: node.Line, column: node.Column, fault: notAnObject()}
	}
	e.tree, e.trimmed, e.damaged = object, tree.trimmed, tree.damaged
	return e, nil
}

// decode reads the next document. One that holds nothing gives no item.
func (d *yamlDocuments) decode() error {
	d.text.restart()
	var document yaml.Node
	err := d.decoder.Decode(&document)
	switch {
	case d.text.err != nil:
		return d.text.err
	case errors.Is(err, io.EOF):
		return io.EOF
	case err != nil:
		return brokenYAML(err)
	}
	root := document.Content[0]
	switch {
	case root.Kind == yaml.SequenceNode:
		d.items = root.Content
	case root.ShortTag() != "!!null":
		d.items = []*yaml.Node{root}
	}
	return nil
}

// brokenYAML words an error of the decoder, which names the line in its text
// alone.
func brokenYAML(err error) *Error {
	e := &Error{Reason: Syntax, Cause: err, Message: "broken YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	var line int
	if n, _ := fmt.Sscanf(err.Error(), "yaml: line %d: ", &line); n == 1 {
		_, text, _ := strings.Cut(e.Message, fmt.Sprintf("line %d: ", line))
		e.Line, e.Message = line, "broken YAML: "+text
	}
	return e
}

// boundedReader stops where a document grows beyond a limit, and remembers why
// the reading below ended.
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
			Reason: TooLarge, Message: "a YAML document may be no larger than " + sizeText(b.most),
			Hint: "write a document for each person, or NDJSON: yq -o json -I 0 '.[]' FILE",
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
