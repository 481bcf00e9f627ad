package roster

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/bring-aboard/usher/internal/safecell"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Writer writes records as a roster that gives the same records when it is read. Make one
// with [NewWriter].
type Writer struct {
	table  schema.Table
	format format
	rows   recordWriter
	row    int
}

// recordWriter writes records in one form.
type recordWriter interface {
	write(record schema.Record) error
	close() error
}

// NewWriter begins a roster of the fields of a table. A table of the format has a header.
func NewWriter(w io.Writer, as Format, table schema.Table) (*Writer, error) {
	f, err := formatOf(string(as))
	if err != nil {
		return nil, err
	}
	writer := &Writer{table: table, format: f}
	writer.rows, err = f.records(w, table)
	return writer, err
}

// Write adds a record, of which the fields of the table are written. It fails with an
// [UnfitError] if a table cannot give a value back.
func (w *Writer) Write(record schema.Record) error {
	w.row++
	known := schema.Record{}
	for _, f := range w.table {
		value, ok := record[f.Name]
		if !ok || w.format.openTable != nil && record.IsEmpty(f.Name) {
			continue
		}
		if w.format.openTable != nil && !FitsCell(f, value) {
			return &UnfitError{Row: w.row, Field: f.Name}
		}
		known[f.Name] = value
	}
	return w.rows.write(known)
}

// Close completes the file. It does not close the writer below.
func (w *Writer) Close() error { return w.rows.close() }

// UnfitError is a value that no cell gives back. See [FitsCell].
type UnfitError struct {
	// Row is the record, counted from 1.
	Row int
	// Field is the documented name.
	Field string
}

// Error returns the row and the field.
func (e *UnfitError) Error() string {
	return fmt.Sprintf("%s of row %d: no cell of a table gives this value back", e.Field, e.Row)
}

// tableRecords writes records as rows of cells.
type tableRecords struct {
	table schema.Table
	// guard returns a text as its cell has it.
	guard func(string) string
	row   func(cells []string) error
	end   func() error
}

func (t *tableRecords) write(record schema.Record) error {
	cells := make([]string, len(t.table))
	for i, f := range t.table {
		if value, ok := record[f.Name]; ok {
			cells[i] = t.guard(f.Text(value))
		}
	}
	return t.row(cells)
}

func (t *tableRecords) close() error { return t.end() }

// delimitedRecords returns a function that begins a text with a delimiter.
func delimitedRecords(delimiter rune) func(io.Writer, schema.Table) (recordWriter, error) {
	return func(w io.Writer, table schema.Table) (recordWriter, error) {
		rows := csv.NewWriter(w)
		rows.Comma = delimiter
		end := func() error {
			rows.Flush()
			return rows.Error()
		}
		return &tableRecords{table: table, guard: safecell.Guard, row: rows.Write, end: end}, rows.Write(headersOf(table))
	}
}

// sheetRecords returns a function that begins a worksheet.
func sheetRecords(create newSheet) func(io.Writer, schema.Table) (recordWriter, error) {
	return func(w io.Writer, table schema.Table) (recordWriter, error) {
		header := headersOf(table)
		book, err := create(w, "People", len(header))
		if err != nil {
			return nil, err
		}
		return &tableRecords{table: table, guard: guardText, row: book.Write, end: book.Close}, book.Write(header)
	}
}

// guardText guards what [undo] would change: a worksheet's text needs no more.
func guardText(text string) string {
	if undone, _ := undo(text); undone != text {
		return safecell.Guard(text)
	}
	return text
}

// documentRecords writes objects in the documented shape.
type documentRecords struct {
	w     io.Writer
	table schema.Table
	// object returns an object in the form of the format, without what is between objects.
	object                    func(object []byte) ([]byte, error)
	start, between, end, none string
	begun                     bool
}

func (d *documentRecords) write(record schema.Record) error {
	object, err := d.table.Encode(record)
	if err == nil {
		object, err = d.object(object)
	}
	if err != nil {
		return err
	}
	before := d.between
	if !d.begun {
		before = d.start
	}
	d.begun = true
	_, err = d.w.Write(slices.Concat([]byte(before), object))
	return err
}

func (d *documentRecords) close() error {
	end := d.end
	if !d.begun {
		end = d.none
	}
	_, err := io.WriteString(d.w, end)
	return err
}

// inBody returns the table with every field in the body, so that an object has them all.
func inBody(table schema.Table) schema.Table {
	all := slices.Clone(table)
	for i := range all {
		all[i].In = schema.Body
	}
	return all
}

func jsonRecords(w io.Writer, table schema.Table) (recordWriter, error) {
	indented := func(object []byte) ([]byte, error) {
		var b bytes.Buffer
		err := json.Indent(&b, object, "  ", "  ")
		return b.Bytes(), err
	}
	return &documentRecords{w: w, table: inBody(table), object: indented, start: "[\n  ", between: ",\n  ", end: "\n]\n", none: "[]\n"}, nil
}

func ndjsonRecords(w io.Writer, table schema.Table) (recordWriter, error) {
	asIs := func(object []byte) ([]byte, error) { return object, nil }
	return &documentRecords{w: w, table: inBody(table), object: asIs, between: "\n", end: "\n"}, nil
}

func yamlRecords(w io.Writer, table schema.Table) (recordWriter, error) {
	item := func(object []byte) ([]byte, error) { return asYAML(slices.Concat([]byte{'['}, object, []byte{']'})) }
	return &documentRecords{w: w, table: inBody(table), object: item, none: "[]\n"}, nil
}

// headersOf lists the headers of a table.
func headersOf(table schema.Table) []string {
	headers := make([]string, len(table))
	for i, f := range table {
		headers[i] = Header(f)
	}
	return headers
}
