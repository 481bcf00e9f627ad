package roster

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/roster/charset"
	"github.com/bring-aboard/usher/pkg/schema"
)

// maxOne is the largest file for one user.
const maxOne = 4 << 20

// Places returns the place in the file of an error; ok is false if the file does not contain the error's field.
type Places func(fieldErr *schema.FieldError) (Place, bool)

// One reads the single user of a file or a stream: one object in the documented shape, in JSON or YAML. It does
// not check whether the user is complete or whether texts have the documented form, because the caller may have
// more values. Without an error there are places.
//
// All wrong types and unknown names are reported at once, as [RowErrors], with the values that could be read. An
// error in the file as a whole is an [Error]; its reason is [Many] if the file contains several users.
func One(source Source, table schema.Table) (schema.Record, Places, error) {
	return readOne(source, table, false)
}

// readOne reads the user. If clears is true, a null clears its field; otherwise it counts as missing.
func readOne(source Source, table schema.Table, clears bool) (schema.Record, Places, error) {
	file, err := source.readAll(maxOne)
	if err != nil {
		return nil, nil, err
	}
	o := oneUser{file: source.name, stream: source.stream != nil}
	tree, locate, err := o.tree(file)
	if err != nil {
		return nil, nil, nameError(o.file, "", err)
	}
	nulls := nullsOf(tree) // before the object is modified
	s := shapeOf(tree, &matcher{table: table, strict: true, keys: map[string]match{}})
	record, fieldErrs := table.Decode(s.document)
	fieldErrs = append(slices.Clone(s.faults), fieldErrs...)
	if clears {
		fieldErrs = append(fieldErrs, s.clear(record, nulls)...)
	}
	var all RowErrors
	for _, fieldErr := range fieldErrs {
		at := Place{File: o.file}
		fieldErr.Pointer = s.original(fieldErr.Pointer)
		at.Line, at.Column = locate(fieldErr.Pointer)
		all = append(all, RowError{Place: at, FieldError: fieldErr})
	}
	return record, func(fieldErr *schema.FieldError) (Place, bool) {
		at := Place{File: o.file}
		pointer := s.pointerOfText(fieldErr)
		if pointer != "" {
			at.Line, at.Column = locate(s.original(pointer))
		}
		return at, pointer != ""
	}, all.Err()
}

// readAll reads a whole file or stream that is small.
func (s Source) readAll(most int64) ([]byte, error) {
	r := s.stream
	if r == nil {
		file, err := openFile(s.name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		r = file
	}
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, unreadable(s.name, err)
	case int64(len(data)) > most:
		return nil, &Error{Kind: TooLarge, File: s.name, Message: "too large for one user"}
	case len(data) == 0:
		return nil, &Error{Kind: Empty, File: s.name, Message: "the file is empty"}
	}
	return data, nil
}

// oneUser reads the file of one user.
type oneUser struct {
	file   string
	stream bool
}

// locator returns the place of a value by its JSON Pointer.
type locator func(pointer string) (line, column int)

// tree reads the object in the file.
func (o oneUser) tree(file []byte) (map[string]any, locator, error) {
	ending, _ := ParseFormat(filepath.Ext(o.file))
	_, binary := recognised(file, true)
	switch {
	case binary:
		return nil, nil, o.many(0, "expected one user, got a spreadsheet")
	case ending.IsTable():
		return nil, nil, o.many(0, "expected one user, got a table of users")
	}
	var encodings charset.Sniffer
	_, _ = encodings.Write(file)
	encoding := encodings.Encoding()
	if encodings.IsGuess() {
		encoding = charset.Encoding{} // only UTF-8 and UTF-16 are accepted for one user
	}
	text, err := io.ReadAll(encoding.NewReader(bytes.NewReader(file)))
	if err != nil {
		return nil, nil, err
	}
	switch start := nextToken(text, 0); {
	case len(bytes.TrimSpace(text)) == 0:
		return nil, nil, &Error{Kind: Empty, Message: "the file contains only blank lines"}
	case start < len(text) && (text[start] == '{' || text[start] == '['):
		return o.fromJSON(text)
	}
	if evenness, cells := splitEvenly(text, sniffDelimiter(text)); guess(text).openTable != nil && evenness == 1 && cells > 1 {
		return nil, nil, o.many(0, "expected one user, got a table of users")
	}
	return o.fromYAML(text)
}

// many returns the error of a file with several users.
func (o oneUser) many(line int, message string) error {
	name := o.file
	if o.stream {
		name = "-"
	}
	return &Error{Kind: Many, Line: line, Message: message, Hint: "import them: usher users import " + name}
}

func (o oneUser) fromJSON(text []byte) (map[string]any, locator, error) {
	fail := func(offset int, fieldErr *schema.FieldError) error {
		line, column := placeIn(text[:offset], 1, 1)
		return &Error{Kind: Syntax, Line: line, Column: column, Message: fieldErr.Message, Hint: fieldErr.Hint}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	var first json.RawMessage
	if err := decoder.Decode(&first); err != nil {
		return nil, nil, fail(syntaxOffset(text, json.Unmarshal(text, new(json.RawMessage))), brokenJSON(err))
	}
	end := int(decoder.InputOffset())
	if first[0] == '[' {
		return nil, nil, o.many(1, "expected one user, got a list of users")
	}
	switch err := decoder.Decode(new(json.RawMessage)); {
	case err == nil:
		line, _ := placeIn(text[:nextToken(text, end)], 1, 1)
		return nil, nil, o.many(line, "expected one user, got a second one here")
	case !errors.Is(err, io.EOF):
		return nil, nil, fail(nextToken(text, end), &schema.FieldError{Message: "invalid JSON: unexpected data after the object"})
	}
	start := end - len(first)
	tree := jsonTree{text: first, maxText: maxOne}
	value, fault := tree.build()
	if fault != nil {
		return nil, nil, fail(start+fault.offset, fault.FieldError)
	}
	object, _ := value.(map[string]any) // it begins with a brace
	return object, func(pointer string) (int, int) {
		return placeIn(text[:start+locate(first, pointer)], 1, 1)
	}, nil
}

func (o oneUser) fromYAML(text []byte) (map[string]any, locator, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil, &Error{Kind: Empty, Message: "the file contains only comments"}
		}
		return nil, nil, brokenYAML(err)
	}
	root := document.Content[0]
	if root.Kind == yaml.SequenceNode {
		return nil, nil, o.many(root.Line, "expected one user, got a list of users")
	}
	switch err := decoder.Decode(&second); {
	case err == nil && second.Content[0].ShortTag() != "!!null":
		return nil, nil, o.many(second.Content[0].Line, "expected one user, got a second one here")
	case err != nil && !errors.Is(err, io.EOF):
		return nil, nil, brokenYAML(err)
	}
	tree := yamlTree{maxText: maxOne}
	value, fault := tree.value(root, 0)
	if fault != nil {
		return nil, nil, &Error{Kind: Syntax, Line: fault.node.Line, Column: fault.node.Column, Message: fault.Message, Hint: fault.Hint}
	}
	object, ok := value.(map[string]any)
	if !ok {
		none := notAnObject()
		return nil, nil, &Error{Kind: WrongFormat, Line: root.Line, Column: root.Column, Message: none.Message, Hint: none.Hint}
	}
	return object, func(pointer string) (int, int) {
		found := locateNode(root, pointer)
		return found.Line, found.Column
	}, nil
}
