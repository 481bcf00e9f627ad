package roster

import (
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Place is a place in a roster.
type Place struct {
	// File is the name of the source, and Sheet the worksheet if there is one.
	File, Sheet string
	// Row is the number of the record, from 1; 0 for the header and for the file as a whole.
	Row int
	// Line and Column are the place in the file, both counted from 1, the column in characters. For a worksheet
	// they are the row and the column of the cell. 0 means all of the file or of the line.
	Line, Column int
	// Header is the column's header as it is in the file, or the key in a document; "" for none.
	Header string
}

// Cell returns the name of the cell in a worksheet, such as C17, "" for other formats.
func (p Place) Cell() string {
	if p.Sheet == "" || p.Line == 0 || p.Column == 0 {
		return ""
	}
	return xlsx.CellName(p.Line, p.Column)
}

// String returns the place in the form of compilers, people.csv:17:3, or of spreadsheet programs,
// people.xlsx:Sheet1!C17, followed by the header.
func (p Place) String() string {
	text := p.File
	switch {
	case p.Cell() != "":
		text += ":" + p.Sheet + "!" + p.Cell()
	case p.Sheet != "" && p.Line > 0:
		text += fmt.Sprintf(":%s!%d", p.Sheet, p.Line)
	case p.Sheet != "":
		text += ":" + p.Sheet
	case p.Line > 0 && p.Column > 0:
		text += fmt.Sprintf(":%d:%d", p.Line, p.Column)
	case p.Line > 0:
		text += fmt.Sprintf(":%d", p.Line)
	}
	if p.Header != "" {
		text += " (" + shorten(p.Header) + ")"
	}
	return text
}

// shorten returns a long header on one short line.
func shorten(header string) string {
	const most = 40
	return schema.Shorten(strings.Join(strings.Fields(header), " "), most)
}
