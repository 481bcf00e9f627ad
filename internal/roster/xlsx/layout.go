package xlsx

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// layout is the data of a worksheet about its cells that is outside them.
type layout struct {
	// merged are the cells that are merged over several rows.
	merged []area
	// totals are the rows of tables with totals.
	totals []int
	// computed reports whether a formula of the sheet has a result.
	computed bool
}

// area is a range of cells, its numbers counted from 1.
type area struct{ top, left, bottom, right int }

const (
	// maxMerged is the maximum number of merged cells of a sheet, more than are merged manually.
	maxMerged = 100_000
	// pieceSize is the number of bytes of a part that are searched at once.
	pieceSize = 64 << 10
)

// layoutOf returns the data of a worksheet outside its cells, which is read once.
func (w *Workbook) layoutOf(sheet Sheet) (*layout, error) {
	if known, ok := w.layouts[sheet.part]; ok {
		return known, nil
	}
	found, err := w.readLayout(sheet)
	if err == nil {
		w.layouts[sheet.part] = found
	}
	return found, err
}

// readLayout reads the data after the cells of a worksheet, and its tables.
func (w *Workbook) readLayout(sheet Sheet) (*layout, error) {
	p, err := w.archive.open(sheet.part, w.archive.limits.part)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }()
	found := &layout{}
	rest, err := found.afterCells(p)
	if err != nil {
		return nil, err
	}
	decoder := xml.NewDecoder(rest)
	for {
		p.token = -pieceSize // data that is read ahead does not count
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) || len(found.merged) >= maxMerged {
			break
		}
		if err != nil {
			return nil, p.notXML(err)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "mergeCell" {
			if a, ok := areaOf(attribute(element, "ref")); ok && a.bottom > a.top {
				found.merged = append(found.merged, a)
			}
		}
	}
	slices.SortFunc(found.merged, func(a, b area) int { return a.top - b.top })
	return found, w.readTables(sheet, found)
}

// afterCells skips the cells of a sheet, and returns the rest of the part. It records whether a formula has a
// result.
func (l *layout) afterCells(p *part) (io.Reader, error) {
	const kept = 64 // bytes of the last piece, in which a match may begin
	r := bufio.NewReaderSize(p, pieceSize)
	for {
		p.token = -pieceSize
		piece, err := r.Peek(r.Size())
		if !l.computed {
			l.computed = hasResult(piece)
		}
		if end := endOfCells(piece); end >= 0 {
			_, discardErr := r.Discard(end)
			return r, discardErr
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull) {
				return bytes.NewReader(nil), nil // the reading of the rows reports a sheet without an end
			}
			return nil, p.notXML(err)
		}
		if _, err := r.Discard(len(piece) - kept); err != nil {
			return nil, p.notXML(err)
		}
	}
}

// endOfCells returns the offset after the end of the sheet's data, -1 if it is not there.
func endOfCells(text []byte) int {
	const end = "sheetData>"
	at := 0
	for {
		found := bytes.Index(text[at:], []byte(end))
		if found < 0 {
			return -1
		}
		start := at + found
		at = start + len(end)
		if open := bytes.LastIndexByte(text[:start], '<'); open >= 0 && open+1 < len(text) && text[open+1] == '/' {
			return at
		}
	}
}

// hasResult reports whether a formula is followed by a value.
func hasResult(text []byte) bool {
	for {
		at := bytes.Index(text, []byte("/f><v>"))
		if at < 0 || at+6 >= len(text) {
			return false
		}
		if text = text[at+6:]; text[0] != '<' {
			return true
		}
	}
}

// readTables finds the rows of totals of the sheet's tables.
func (w *Workbook) readTables(sheet Sheet, found *layout) error {
	related, err := w.archive.relationsOf(sheet.part)
	if err != nil {
		return err
	}
	for _, relation := range related.byID {
		if relation.kind != "table" || !w.archive.has(relation.part) {
			continue
		}
		var table struct {
			Ref    string `xml:"ref,attr"`
			Totals int    `xml:"totalsRowCount,attr"`
		}
		if err := w.archive.unmarshal(relation.part, &table); err != nil {
			return err
		}
		if a, ok := areaOf(table.Ref); ok {
			for i := range min(table.Totals, a.bottom-a.top) {
				found.totals = append(found.totals, a.bottom-i)
			}
		}
	}
	return nil
}

func attribute(element xml.StartElement, name string) string {
	for _, a := range element.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// areaOf parses a reference such as "C2:C3".
func areaOf(reference string) (area, bool) {
	from, to, found := strings.Cut(reference, ":")
	if !found {
		to = from
	}
	a := area{top: rowOf(from), left: columnOf(from), bottom: rowOf(to), right: columnOf(to)}
	return a, a.top > 0 && a.left > 0 && a.bottom >= a.top && a.right >= a.left
}

// rowOf returns the row of a reference such as "C17", 0 if it is invalid.
func rowOf(reference string) int {
	digits := strings.TrimLeftFunc(reference, func(r rune) bool { return r < '0' || r > '9' })
	row, err := strconv.Atoi(digits)
	if err != nil || row < 1 || row > maxRows {
		return 0
	}
	return row
}

// spread copies the values of merged cells to the rows below the first one.
type spread struct {
	areas []area // those that begin below the rows that were read
	open  []spreading
}

type spreading struct {
	area
	value Cell
}

// row adds the values of merged cells to a row.
func (s *spread) row(row *Row) {
	kept := s.open[:0]
	for _, o := range s.open {
		if row.Number <= o.bottom {
			kept = append(kept, o)
			put(row, o.left, o.value)
		}
	}
	s.open = kept
	for len(s.areas) > 0 && s.areas[0].top <= row.Number {
		a := s.areas[0]
		s.areas = s.areas[1:]
		if a.top == row.Number && a.left <= len(row.Cells) && row.Cells[a.left-1].Kind != Empty {
			value := row.Cells[a.left-1]
			value.Merged = true
			s.open = append(s.open, spreading{a, value})
		}
	}
}

// put sets a cell that is empty in the file.
func put(row *Row, column int, value Cell) {
	for len(row.Cells) < column {
		row.Cells = append(row.Cells, Cell{})
	}
	if row.Cells[column-1].Kind == Empty {
		row.Cells[column-1] = value
	}
}
