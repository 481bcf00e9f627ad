package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Rows reads the rows of one worksheet in order.
type Rows struct {
	workbook *Workbook
	part     *part
	next     func() (xml.Token, error)
	row      Row
	cell     rawCell
	started  bool // the sheet's data has begun
	layout   *layout
	spread   spread
}

// rawCell is a cell as it is in the file.
type rawCell struct {
	column  int
	kind    string // the attribute t
	style   int
	value   []byte
	inValue bool
	valued  bool // the file contains a value, which may be empty
	formula bool
	inline  richText
}

// Rows begins to read a worksheet of [Workbook.Sheets]. Close it after use.
func (w *Workbook) Rows(sheet Sheet) (*Rows, error) {
	found, err := w.layoutOf(sheet)
	if err != nil {
		return nil, err
	}
	p, err := w.archive.open(sheet.part, w.archive.limits.part)
	if err != nil {
		return nil, err
	}
	return &Rows{workbook: w, part: p, next: p.tokens(), layout: found, spread: spread{areas: found.merged}}, nil
}

// Close ends the reading.
func (r *Rows) Close() error { return r.part.Close() }

// Next returns the next row in the file; rows without a cell may be missing in it. The row is valid until the
// following call. After the last row it returns io.EOF. Other errors are *[Error].
func (r *Rows) Next() (*Row, error) {
	row, err := r.read()
	var own *Error
	if errors.As(err, &own) && own.Row == 0 && r.cell.column > 0 {
		own.Row, own.Column = r.row.Number, r.cell.column
	}
	return row, err
}

func (r *Rows) read() (*Row, error) {
	for {
		token, err := r.next()
		if errors.Is(err, io.EOF) {
			if r.started {
				return nil, broken(nil, "incomplete worksheet")
			}
			return nil, io.EOF
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if err := r.begin(token); err != nil {
				return nil, err
			}
		case xml.CharData:
			if r.cell.inValue {
				r.cell.value = append(r.cell.value, token...)
			}
		case xml.EndElement:
			switch token.Name.Local {
			case "v":
				r.cell.inValue = false
			case "c":
				if err := r.finishCell(); err != nil {
					return nil, err
				}
			case "row":
				r.spread.row(&r.row)
				r.row.Totals = slices.Contains(r.layout.totals, r.row.Number)
				return &r.row, nil
			case "sheetData":
				return nil, io.EOF
			}
		}
		r.cell.inline.take(token)
		if size := int64(len(r.cell.value) + len(r.cell.inline.text)); size > r.part.limits.token {
			return nil, r.part.tooLarge(fmt.Sprintf("contains a text of more than %d MiB", r.part.limits.token>>20))
		}
	}
}

func (r *Rows) begin(element xml.StartElement) error {
	switch element.Name.Local {
	case "sheetData":
		r.started = true
	case "row":
		return r.beginRow(element.Attr)
	case "c":
		return r.beginCell(element.Attr)
	case "f":
		r.cell.formula = true
	case "v":
		r.cell.inValue, r.cell.valued = true, true
	}
	return nil
}

func (r *Rows) beginRow(attributes []xml.Attr) error {
	r.row = Row{Number: r.row.Number + 1, Cells: r.row.Cells[:0]}
	r.cell.column = 0
	for _, a := range attributes {
		if a.Name.Space != "" {
			continue
		}
		switch a.Name.Local {
		case "r":
			number, err := strconv.Atoi(a.Value)
			if err != nil || number < 1 || number > maxRows {
				return broken(nil, "invalid row number %q", a.Value)
			}
			r.row.Number = number
		case "hidden":
			r.row.Hidden = isTrue(a.Value)
		}
	}
	return nil
}

func (r *Rows) beginCell(attributes []xml.Attr) error {
	r.cell.column++
	r.cell.kind, r.cell.style = "", 0
	r.cell.value, r.cell.inValue, r.cell.valued, r.cell.formula = r.cell.value[:0], false, false, false
	r.cell.inline.reset()
	for _, a := range attributes {
		if a.Name.Space != "" {
			continue
		}
		switch a.Name.Local {
		case "r":
			if r.cell.column = columnOf(a.Value); r.cell.column == 0 {
				return broken(nil, "invalid cell name %q", a.Value)
			}
		case "t":
			r.cell.kind = a.Value
		case "s":
			r.cell.style, _ = strconv.Atoi(a.Value) // an unreadable style is the default one
		}
	}
	if r.cell.column > maxColumns {
		return broken(nil, "row %d has more than %d columns", r.row.Number, maxColumns)
	}
	return nil
}

// finishCell adds the cell that was read to the row.
func (r *Rows) finishCell() error {
	cell, err := r.resolve()
	if err != nil || cell.Kind == Empty {
		return err
	}
	for len(r.row.Cells) < r.cell.column {
		r.row.Cells = append(r.row.Cells, Cell{})
	}
	if r.cell.column > 0 {
		r.row.Cells[r.cell.column-1] = cell
	}
	return nil
}

// resolve returns the cell as it is shown.
func (r *Rows) resolve() (Cell, error) {
	raw := &r.cell
	if raw.formula && raw.kind != "inlineStr" && (!raw.valued || len(raw.value) == 0 && raw.kind == "" && !r.layout.computed) {
		return Cell{Kind: Uncomputed}, nil
	}
	switch raw.kind {
	case "s":
		if len(raw.value) == 0 {
			return Cell{}, nil
		}
		text, ok := r.workbook.texts.at(string(raw.value))
		if !ok {
			return Cell{}, broken(nil, "cell refers to text %.20q, which is missing in the workbook", raw.value)
		}
		return textCell(text), nil
	case "inlineStr":
		return textCell(string(unescape(raw.inline.text))), nil
	case "str":
		return textCell(string(unescape(raw.value))), nil
	case "b":
		if isTrue(string(raw.value)) {
			return Cell{Kind: Boolean, Text: "TRUE"}, nil
		}
		return Cell{Kind: Boolean, Text: "FALSE"}, nil
	case "e":
		return Cell{Kind: Failed, Text: string(raw.value)}, nil
	case "d":
		return Cell{Kind: Date, Text: string(raw.value)}, nil
	default:
		return r.number(), nil
	}
}

func textCell(text string) Cell {
	if text == "" {
		return Cell{}
	}
	return Cell{Kind: Text, Text: text}
}

func (r *Rows) number() Cell {
	raw := &r.cell
	switch {
	case len(raw.value) == 0:
		return Cell{}
	case raw.style >= 0 && raw.style < len(r.workbook.styles):
		return r.workbook.styles[raw.style].show(string(raw.value), r.workbook.epoch)
	default:
		return format{}.show(string(raw.value), r.workbook.epoch)
	}
}
