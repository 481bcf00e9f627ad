package roster

import (
	"io"
	"strings"
)

// FailedWriter writes rows of a roster back in its own dress: its columns,
// order, delimiter, encoding and line ends, with the columns or keys
// usher_line, usher_error and usher_hint behind them, in the place of any that
// the roster had from an earlier run. Mended, the file imports as it is.
//
// The rows hold what the administrator gave, secrets included: whoever makes
// the file sees to it that nobody else can read it.
type FailedWriter struct {
	rows rowWriter
	text io.Closer // the encoding, nil for a workbook
}

// rowWriter writes rows in one format.
type rowWriter interface {
	write(raw rawRow, n note) error
	close() error
}

// note is what is written behind a row.
type note struct {
	line        int
	error, hint string
}

// The headers and keys of a note.
const (
	lineHeader  = "usher_line"
	errorHeader = "usher_error"
	hintHeader  = "usher_hint"
)

// EmptyHeader is the header of the column that names the fields that a row
// gives as empty; see [Options] Empties.
const EmptyHeader = "usher_empty"

// NewFailedWriter begins a file for rows of this roster.
func NewFailedWriter(w io.Writer, r *Roster) (*FailedWriter, error) {
	if r.format == XLSX {
		rows, err := newSheetRows(w, r)
		return &FailedWriter{rows: rows}, err
	}
	text := r.encoding.NewWriter(w)
	f := &FailedWriter{text: text}
	var err error
	switch r.format {
	case NDJSON:
		f.rows = &jsonRows{w: text}
	case YAML:
		f.rows = &yamlRows{w: text}
	case JSON:
		f.rows = &jsonRows{w: text, list: r.isList()}
	default:
		f.rows, err = newDelimitedRows(text, r)
	}
	return f, err
}

// Write adds a row that [Roster.Rows] gave, with what is wrong with it and
// what to do about it.
func (f *FailedWriter) Write(row Row, message, hint string) error {
	return f.rows.write(row.raw, note{line: row.Line, error: harmless(message), hint: harmless(hint)})
}

// Close completes the file. It does not close the writer below.
func (f *FailedWriter) Close() error {
	if err := f.rows.close(); err != nil || f.text == nil {
		return err
	}
	return f.text.Close()
}

// harmless keeps a spreadsheet program from taking a text of ours for a
// formula.
func harmless(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	if text != "" && strings.IndexByte("=+-@\t", text[0]) >= 0 {
		return "'" + text
	}
	return text
}
