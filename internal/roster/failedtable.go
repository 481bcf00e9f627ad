package roster

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
)

// noted adds a note to the cells of a row: behind its own cells, as many as
// the header has at least, and without those of an earlier note.
type noted struct {
	width int
	own   []int // the columns of an earlier note, from the last to the first
}

func newNoted(header []string) noted {
	n := noted{width: len(header)}
	for i, name := range slices.Backward(header) {
		if isOwn(name) && !isEmpties(name) {
			n.own = append(n.own, i)
		}
	}
	return n
}

func (n noted) row(cells []string, added ...string) []string {
	row := slices.Grow(slices.Clone(cells), n.width+len(added))
	for len(row) < n.width {
		row = append(row, "")
	}
	for _, i := range n.own {
		row = slices.Delete(row, i, i+1)
	}
	return append(row, added...)
}

func (n noted) header(header []string) []string {
	return n.row(header, lineHeader, errorHeader, hintHeader)
}

func (n noted) with(cells []string, note note) []string {
	return n.row(cells, strconv.Itoa(note.line), note.error, note.hint)
}

// delimitedRows writes rows of CSV.
type delimitedRows struct {
	noted
	csv *csv.Writer
}

func newDelimitedRows(w io.Writer, r *Roster) (*delimitedRows, error) {
	if r.dialect.mac {
		w = macWriter{w}
	}
	rows := &delimitedRows{noted: newNoted(r.header), csv: csv.NewWriter(w)}
	rows.csv.Comma, rows.csv.UseCRLF = r.dialect.delimiter, r.dialect.crlf
	if r.dialect.preamble != "" {
		end := "\n"
		if r.dialect.crlf {
			end = "\r\n"
		}
		if _, err := io.WriteString(w, r.dialect.preamble+end); err != nil {
			return nil, err
		}
	}
	return rows, rows.csv.Write(rows.noted.header(r.header))
}

func (d *delimitedRows) write(raw rawRow, n note) error { return d.csv.Write(d.with(raw.cells, n)) }

func (d *delimitedRows) close() error {
	d.csv.Flush()
	return d.csv.Error()
}

// macWriter ends lines with CR.
type macWriter struct{ w io.Writer }

func (m macWriter) Write(p []byte) (int, error) {
	text := slices.Clone(p)
	for i, b := range text {
		if b == '\n' {
			text[i] = '\r'
		}
	}
	return m.w.Write(text)
}

// sheetRows writes rows of a worksheet.
type sheetRows struct {
	noted
	sheet *xlsx.Writer
}

func newSheetRows(w io.Writer, r *Roster) (*sheetRows, error) {
	rows := &sheetRows{noted: newNoted(r.header)}
	header := rows.noted.header(r.header)
	var err error
	if rows.sheet, err = xlsx.NewWriter(w, r.sheet.Name, len(header)); err != nil {
		return nil, err
	}
	return rows, rows.sheet.Write(header)
}

func (s *sheetRows) write(raw rawRow, n note) error { return s.sheet.Write(s.with(raw.cells, n)) }

func (s *sheetRows) close() error { return s.sheet.Close() }
