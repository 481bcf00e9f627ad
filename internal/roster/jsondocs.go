package roster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/bring-aboard/usher/pkg/schema"
)

func jsonFormat() format {
	return format{
		name: JSON, title: "JSON", recognises: func(text []byte) bool { return isList(text) || isObject(text) && !isLines(text) },
		openDocuments: func(c *content, o Options) (documentForm, error) {
			t, err := openText(c, o)
			if err != nil {
				return nil, err
			}
			f := &jsonForm{textForm: t, options: o, list: isList(c.headText(t.encoding))}
			if !f.list {
				f.wrapper = findWrapper(t.encoding.NewReader(io.NewSectionReader(c.file, 0, c.size)))
			}
			return f, nil
		},
		records: jsonRecords,
	}
}

func ndjsonFormat() format {
	return format{
		name: NDJSON, title: "NDJSON", endings: []string{"jsonl"}, recognises: isLines,
		openDocuments: func(c *content, o Options) (documentForm, error) {
			t, err := openText(c, o)
			return &jsonForm{textForm: t, options: o, lines: true}, err
		},
		records: ndjsonRecords,
	}
}

// isList reports whether a JSON text is one list, and not one object or several.
func isList(text []byte) bool { return startsWith(text, '[') }

// isObject reports whether a JSON text begins with an object.
func isObject(text []byte) bool { return startsWith(text, '{') }

func startsWith(text []byte, bracket byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte{bracket})
}

// isLines reports whether a text has one object a line.
func isLines(text []byte) bool {
	first, rest, _ := bytes.Cut(text, []byte{'\n'})
	return isObject(text) && json.Valid(first) && len(bytes.TrimSpace(rest)) > 0
}

// jsonForm is one list, objects in sequence, or one object a line.
type jsonForm struct {
	textForm
	options Options
	list    bool
	lines   bool
	wrapper wrapper
}

func (f *jsonForm) describe(d *Description) {
	f.textForm.describe(d)
	f.wrapper.describe(d)
}

func (f *jsonForm) documents(p *pass, count *tally) documents {
	decoded := f.encoding.NewReader(p)
	if f.lines {
		return newLineDocuments(decoded, f.options, count)
	}
	return newJSONDocuments(decoded, f.options, f.list, f.wrapper)
}

func (f *jsonForm) rewrite(w io.Writer, _ []string) (rowWriter, error) {
	encoded := f.encoding.NewWriter(w)
	return encodedRows{&jsonRows{w: encoded, list: f.list || f.wrapper.path != nil}, encoded}, nil
}

// jsonElement reads one JSON value that begins at a place in the file.
func jsonElement(text []byte, line, column, maxText int) element {
	at := func(offset int) (int, int) { return placeIn(text[:offset], line, column) }
	e := element{
		line: line, column: column, raw: rawRow{object: text},
		locate: func(pointer string) (int, int) { return at(locate(text, pointer)) },
	}
	fail := func(offset int, fieldErr *schema.FieldError) element {
		e.broken = &brokenRow{fault: fieldErr}
		e.broken.line, e.broken.column = at(offset)
		return e
	}
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		return fail(syntaxOffset(text, err), brokenJSON(err))
	}
	tree := jsonTree{text: text, cleaning: true, maxText: maxText}
	value, fault := tree.build()
	if fault != nil {
		return fail(fault.offset, fault.FieldError)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return fail(0, notAnObject())
	}
	e.tree, e.trimmed = object, tree.trimmed
	return e
}

func notAnObject() *schema.FieldError {
	return &schema.FieldError{
		Cause: schema.WrongType, Message: "each user must be an object",
		Hint: `for example {"email": "name@example.com"}`,
	}
}

// syntaxOffset returns the offset of the first character at which a text is not JSON.
func syntaxOffset(text []byte, err error) int {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return 0
	}
	return min(max(int(syntax.Offset)-1, 0), len(text))
}

// lineDocuments reads NDJSON: one object a line, so that a broken line affects only one row.
type lineDocuments struct {
	r       *bufio.Reader
	options Options
	tally   *tally
	line    int
}

func newLineDocuments(text io.Reader, o Options, t *tally) *lineDocuments {
	return &lineDocuments{r: bufio.NewReaderSize(text, 32<<10), options: o, tally: t}
}

func (d *lineDocuments) next() (element, error) {
	for {
		text, tooLong, err := d.readLine()
		if err != nil {
			return element{}, err
		}
		d.line++
		if tooLong {
			fieldErr := &schema.FieldError{Cause: LargeCell, Message: "line larger than " + sizeText(d.options.maxRow()), Hint: "write one object per line"}
			return element{line: d.line, column: 1, broken: &brokenRow{line: d.line, column: 1, fault: fieldErr}}, nil
		}
		if len(bytes.TrimSpace(text)) == 0 {
			d.tally.Blank++
			continue
		}
		return jsonElement(text, d.line, 1, d.options.maxCell()), nil
	}
}

// readLine returns the next line without its end, in a new slice. It returns the beginning of a line that is too
// long.
func (d *lineDocuments) readLine() (line []byte, tooLong bool, err error) {
	for {
		piece, err := d.r.ReadSlice('\n')
		if !tooLong {
			line = append(line, piece...)
			tooLong = len(line) > d.options.maxRow()
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0, err == nil:
			return bytes.TrimRight(line, "\r\n"), tooLong, nil
		default:
			return nil, false, err
		}
	}
}

// jsonDocuments reads the objects of a JSON list, or objects in sequence.
type jsonDocuments struct {
	window  *window
	decoder *json.Decoder
	options Options
	list    bool
	begun   bool // the bracket of the list was read
	read    bool // an object was read
	wrapper wrapper
}

func newJSONDocuments(text io.Reader, o Options, list bool, around wrapper) *jsonDocuments {
	w := newWindow(text, o.maxRow())
	return &jsonDocuments{window: w, decoder: json.NewDecoder(w), options: o, list: list || around.path != nil, wrapper: around}
}

// unwrap reads up to the bracket of the list.
func (d *jsonDocuments) unwrap() error {
	for _, member := range d.wrapper.path {
		if _, err := d.decoder.Token(); err != nil {
			return err
		}
		for {
			d.window.mark(d.decoder.InputOffset())
			key, err := d.decoder.Token()
			if err != nil {
				return err
			}
			if key == member {
				break
			}
			if err := d.decoder.Decode(new(json.RawMessage)); err != nil {
				return err
			}
		}
	}
	_, err := d.decoder.Token()
	return err
}

func (d *jsonDocuments) next() (element, error) {
	if d.list && !d.begun {
		if err := d.unwrap(); err != nil {
			return element{}, d.failure(err)
		}
		d.begun = true
	}
	d.window.mark(d.decoder.InputOffset())
	if d.list && !d.decoder.More() {
		if d.wrapper.path != nil {
			return element{}, d.windowError(io.EOF) // the data beside the list was read when the list was found
		}
		return element{}, d.end()
	}
	var text json.RawMessage
	if err := d.decoder.Decode(&text); err != nil {
		if isEnd(err) && !d.list {
			return element{}, d.windowError(io.EOF)
		}
		return element{}, d.failure(err)
	}
	d.read = true
	line, column := d.window.place(d.decoder.InputOffset() - int64(len(text)))
	return jsonElement(text, line, column, d.options.maxCell()), nil
}

// end reads the text after the last item of a list.
func (d *jsonDocuments) end() error {
	if _, err := d.decoder.Token(); err != nil {
		return d.failure(err)
	}
	d.window.mark(d.decoder.InputOffset())
	err := d.decoder.Decode(new(json.RawMessage))
	if isEnd(err) {
		return d.windowError(io.EOF)
	}
	if d.window.err != nil {
		return d.windowError(err)
	}
	line, column := d.window.place(d.window.offset + int64(nextToken(d.window.kept(), 0)))
	return &Error{Kind: Syntax, Line: line, Column: column, Message: "unexpected data after the list", Hint: "a JSON roster must be one list"}
}

// windowError returns the error of the underlying reading, or err if there is none.
func (d *jsonDocuments) windowError(other error) error {
	if d.window.err != nil {
		return d.window.err
	}
	return other
}

// failure returns the error of the next object. The following objects cannot be identified, so it ends the file.
func (d *jsonDocuments) failure(cause error) error {
	text := d.window.kept()
	at := 0
	for at < len(text) && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n' || text[at] == ',') {
		at++
	}
	var syntax *json.SyntaxError
	message := "invalid JSON: unexpected end of file"
	switch {
	case errors.Is(d.window.err, overfull{}):
		line, column := d.window.place(d.window.offset + int64(at))
		return &Error{
			Kind: TooLarge, Line: line, Column: column, Message: fmt.Sprintf("object larger than %s", sizeText(d.options.maxRow())),
			Hint: "check for a missing closing brace",
		}
	case d.window.err != nil:
		return d.window.err
	case errors.As(cause, &syntax):
		message = "invalid JSON: " + syntax.Error()
		if missing := d.list && d.read && bytes.IndexByte(text[:at], ',') < 0; !missing {
			at += syntaxOffset(text[at:], json.Unmarshal(text[at:], new(json.RawMessage)))
		}
	default:
		at = len(text)
	}
	line, column := d.window.place(d.window.offset + int64(at))
	return &Error{Kind: Syntax, Line: line, Column: column, Message: message, Cause: cause}
}
