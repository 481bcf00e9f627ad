package ods

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
)

// The largest sheet, and how often a row or a cell with a value may be repeated.
const (
	maxColumns  = 1 << 14
	maxRows     = 1 << 20
	maxRepeated = 1000
	maxText     = 4 << 20
)

// mimeType is the first part of every OpenDocument spreadsheet.
const mimeType = "application/vnd.oasis.opendocument.spreadsheet"

// Is reports whether a file begins like an OpenDocument spreadsheet.
func Is(head []byte) bool {
	return xlsx.IsZIP(head) && bytes.Contains(head[:min(len(head), 200)], []byte(mimeType))
}

// Spreadsheet is an open spreadsheet. It reads from its file and does not have to be closed.
type Spreadsheet struct {
	zip    *zip.Reader
	sheets []Sheet
}

// Sheet is a worksheet.
type Sheet struct {
	Name   string
	Hidden bool
	index  int
}

// Open reads the names of the worksheets. Its errors are *[xlsx.Error].
func Open(file io.ReaderAt, size int64) (*Spreadsheet, error) {
	zipped, err := zip.NewReader(file, size)
	if err != nil {
		return nil, &xlsx.Error{Kind: xlsx.NotWorkbook, Cause: err, Message: "not an OpenDocument spreadsheet: " + err.Error()}
	}
	s := &Spreadsheet{zip: zipped}
	if err := s.refuseEncrypted(); err != nil {
		return nil, err
	}
	return s, s.readSheets()
}

// Sheets returns the worksheets in the order of their tabs.
func (s *Spreadsheet) Sheets() []Sheet { return s.sheets }

// refuseEncrypted returns an error for a spreadsheet with a password.
func (s *Spreadsheet) refuseEncrypted() error {
	next, done, err := xlsx.Tokens(s.zip, "META-INF/manifest.xml")
	if err != nil {
		return nil //nolint:nilerr // a spreadsheet without a manifest is not encrypted
	}
	defer func() { _ = done() }()
	for {
		token, err := next()
		if err != nil {
			return nil //nolint:nilerr // the content says what is wrong
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "encryption-data" {
			return &xlsx.Error{Kind: xlsx.Encrypted, Message: "spreadsheet encrypted with a password", Hint: "open it, save it without the password, and import that file"}
		}
	}
}

// readSheets reads the names of the tables, and which of them are hidden.
func (s *Spreadsheet) readSheets() error {
	next, done, err := xlsx.Tokens(s.zip, "content.xml")
	if err != nil {
		return err
	}
	defer func() { _ = done() }()
	hidden, style, depth := map[string]bool{}, "", 0
	for {
		token, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "style":
				style = attribute(token, "style", "name")
			case "table-properties":
				hidden[style] = attribute(token, "table", "display") == "false"
			case "table":
				if depth++; depth == 1 {
					s.sheets = append(s.sheets, Sheet{
						Name: attribute(token, "table", "name"), Hidden: hidden[attribute(token, "table", "style-name")], index: len(s.sheets),
					})
				}
			}
		case xml.EndElement:
			if token.Name.Local == "table" {
				depth--
			}
		}
	}
}

// attribute returns the value of an attribute, "" if it is missing.
func attribute(element xml.StartElement, space, name string) string {
	for _, a := range element.Attr {
		if a.Name.Space == space && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Rows reads the rows of one worksheet in order.
type Rows struct {
	next   func() (xml.Token, error)
	done   func() error
	skip   int // tables before this one
	depth  int // of tables
	row    xlsx.Row
	times  int // how often the row is still to be returned
	number int
	cell   cell
	spans  []span
}

// cell is a cell as it is in the file.
type cell struct {
	kind, value  string
	formula      bool
	failed       bool
	covered      bool
	times, spans int
	text         []byte
	paragraphs   int
	inText       int // nesting of paragraphs
	aside        int // nesting of annotations
}

// span is a cell that is merged with those below it.
type span struct {
	column, left int
	value        xlsx.Cell
}

// Rows begins to read a worksheet of [Spreadsheet.Sheets]. Close it after use.
func (s *Spreadsheet) Rows(sheet Sheet) (*Rows, error) {
	next, done, err := xlsx.Tokens(s.zip, "content.xml")
	if err != nil {
		return nil, err
	}
	return &Rows{next: next, done: done, skip: sheet.index}, nil
}

// Close ends the reading.
func (r *Rows) Close() error { return r.done() }

// Next returns the next row with a value. The row is valid until the following call. After the last row it returns
// io.EOF. Other errors are *[xlsx.Error].
func (r *Rows) Next() (*xlsx.Row, error) {
	for {
		if r.times > 0 {
			r.times--
			r.number++
			r.row.Number = r.number
			if r.number > maxRows {
				return nil, r.broken("worksheet with more than %d rows", maxRows)
			}
			return &r.row, nil
		}
		if err := r.read(); err != nil {
			return nil, err
		}
	}
}

// read reads up to the end of the next row.
func (r *Rows) read() error {
	for {
		token, err := r.next()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := r.begin(token); err != nil {
				return err
			}
		case xml.CharData:
			if r.cell.inText > 0 && r.cell.aside == 0 {
				r.cell.text = append(r.cell.text, token...)
			}
		case xml.EndElement:
			if isRow, err := r.end(token.Name.Local); err != nil || isRow {
				return err
			}
		}
		if len(r.cell.text) > maxText {
			return &xlsx.Error{Kind: xlsx.TooLarge, Row: r.number + 1, Column: len(r.row.Cells) + 1, Message: fmt.Sprintf("text of more than %d MiB", maxText>>20)}
		}
	}
}

// here reports whether the current table is the wanted one.
func (r *Rows) here() bool { return r.depth == 1 && r.skip < 0 }

func (r *Rows) begin(element xml.StartElement) error {
	switch name := element.Name.Local; {
	case name == "table":
		if r.depth++; r.depth == 1 {
			r.skip--
		}
	case !r.here():
	case name == "table-row":
		visibility := attribute(element, "table", "visibility")
		r.row = xlsx.Row{Cells: r.row.Cells[:0], Hidden: visibility == "collapse" || visibility == "filter"}
		r.times = number(attribute(element, "table", "number-rows-repeated"))
	case name == "table-cell" || name == "covered-table-cell":
		r.cell = cell{
			kind: attribute(element, "office", "value-type"), formula: attribute(element, "table", "formula") != "", covered: name == "covered-table-cell",
			failed: attribute(element, "calcext", "value-type") == "error", text: r.cell.text[:0],
			times: number(attribute(element, "table", "number-columns-repeated")), spans: number(attribute(element, "table", "number-rows-spanned")),
		}
		for _, of := range []string{"value", "date-value", "time-value", "boolean-value", "string-value"} {
			if value := attribute(element, "office", of); value != "" {
				r.cell.value = value
			}
		}
	case name == "annotation" || name == "shapes":
		r.cell.aside++
	case r.cell.aside > 0:
	case name == "p" || name == "h":
		if r.cell.paragraphs++; r.cell.paragraphs > 1 {
			r.cell.text = append(r.cell.text, '\n')
		}
		r.cell.inText++
	case name == "s":
		spaces := number(attribute(element, "text", "c"))
		r.cell.text = append(r.cell.text, strings.Repeat(" ", min(spaces, maxRepeated))...)
	case name == "tab":
		r.cell.text = append(r.cell.text, '\t')
	case name == "line-break":
		r.cell.text = append(r.cell.text, '\n')
	}
	return nil
}

// number returns how often something is repeated.
func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// end handles the end of an element, and reports whether it is that of a row with values.
func (r *Rows) end(name string) (isRow bool, err error) {
	switch {
	case name == "table":
		r.depth--
		if r.depth == 0 && r.skip < 0 {
			return false, io.EOF
		}
	case !r.here():
	case name == "annotation" || name == "shapes":
		r.cell.aside--
	case r.cell.aside > 0:
	case name == "p" || name == "h":
		r.cell.inText--
	case name == "table-cell" || name == "covered-table-cell":
		return false, r.finishCell()
	case name == "table-row":
		return r.finishRow()
	}
	return false, nil
}

// finishCell adds the cell that was read to the row.
func (r *Rows) finishCell() error {
	value := r.cell.resolve()
	column := len(r.row.Cells) + 1
	if value.Kind != xlsx.Empty && r.cell.times > maxRepeated {
		return r.broken("cell with a value repeated more than %d times", maxRepeated)
	}
	if r.cell.spans > 1 && value.Kind != xlsx.Empty {
		below := value
		below.Merged = true
		r.spans = append(r.spans, span{column: column, left: r.cell.spans, value: below})
	}
	for range min(r.cell.times, maxColumns+1-len(r.row.Cells)) {
		r.row.Cells = append(r.row.Cells, value)
	}
	if len(r.row.Cells) > maxColumns && value.Kind != xlsx.Empty {
		return r.broken("row with more than %d columns", maxColumns)
	}
	return nil
}

// finishRow completes a row, and reports whether it has values.
func (r *Rows) finishRow() (bool, error) {
	kept := r.spans[:0]
	for _, s := range r.spans {
		for len(r.row.Cells) < s.column {
			r.row.Cells = append(r.row.Cells, xlsx.Cell{})
		}
		if r.row.Cells[s.column-1].Kind == xlsx.Empty {
			r.row.Cells[s.column-1] = s.value
		}
		if s.left -= min(r.times, s.left); s.left > 0 {
			kept = append(kept, s)
		}
	}
	r.spans = kept
	for len(r.row.Cells) > 0 && r.row.Cells[len(r.row.Cells)-1].Kind == xlsx.Empty {
		r.row.Cells = r.row.Cells[:len(r.row.Cells)-1]
	}
	if len(r.row.Cells) == 0 {
		r.number += min(r.times, maxRows)
		r.times = 0
		return false, nil
	}
	if r.times > maxRepeated {
		return false, r.broken("row with values repeated more than %d times", maxRepeated)
	}
	return true, nil
}

func (r *Rows) broken(format string, args ...any) error {
	return &xlsx.Error{
		Kind: xlsx.TooLarge, Row: r.number + 1, Column: 1, Message: fmt.Sprintf(format, args...), Hint: "save the sheet as CSV and import that",
	}
}

// resolve returns the cell as it is shown.
func (c *cell) resolve() xlsx.Cell {
	shown := string(c.text)
	if c.failed || c.formula && (strings.HasPrefix(shown, "#") || strings.HasPrefix(shown, "Err:")) {
		return xlsx.Cell{Kind: xlsx.Failed, Text: shown}
	}
	switch c.kind {
	case "float", "percentage", "currency":
		return c.number(shown)
	case "date":
		return xlsx.Cell{Kind: xlsx.Date, Text: strings.TrimSuffix(c.value, "T00:00:00")}
	case "time":
		return xlsx.Cell{Kind: xlsx.Date, Text: shown}
	case "boolean":
		return xlsx.Cell{Kind: xlsx.Boolean, Text: strings.ToUpper(c.value)}
	}
	switch {
	case c.kind == "" && c.formula && shown == "":
		return xlsx.Cell{Kind: xlsx.Uncomputed}
	case shown == "" && c.value != "":
		return xlsx.Cell{Kind: xlsx.Text, Text: c.value}
	case shown == "":
		return xlsx.Cell{}
	default:
		return xlsx.Cell{Kind: xlsx.Text, Text: shown}
	}
}

// number returns a number as it is shown, but with all its digits.
func (c *cell) number(shown string) xlsx.Cell {
	const shownWhole = 1e11
	value, err := strconv.ParseFloat(c.value, 64)
	if err != nil {
		return xlsx.Cell{Kind: xlsx.Text, Text: shown}
	}
	plain := strconv.FormatFloat(value, 'f', -1, 64)
	exponent := strings.ContainsAny(shown, "eE")
	if shown == "" || exponent || shown == plain {
		return xlsx.Cell{Kind: xlsx.Number, Text: xlsx.Digits(c.value, plain), Exponent: exponent || value >= shownWhole || value <= -shownWhole}
	}
	return xlsx.Cell{Kind: xlsx.Formatted, Text: shown}
}
