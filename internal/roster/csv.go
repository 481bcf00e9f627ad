package roster

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"slices"
)

func csvFormat() format {
	return format{
		name: CSV, title: "CSV",
		openTable: func(c *content, o Options) (tableForm, error) { return openDelimited(c, o, 0) },
		records:   delimitedRecords(','),
	}
}

func tsvFormat() format {
	return format{
		name: TSV, title: "TSV", endings: []string{"tab"},
		openTable: func(c *content, o Options) (tableForm, error) { return openDelimited(c, o, '\t') },
		records:   delimitedRecords('\t'),
	}
}

// delimitedForm is CSV in any dialect.
type delimitedForm struct {
	textForm
	dialect dialect
	maxRow  int
}

// openDelimited detects the dialect. A delimiter that is not 0 is that of the format.
func openDelimited(c *content, o Options, delimiter rune) (*delimitedForm, error) {
	t, err := openText(c, o)
	if err != nil {
		return nil, err
	}
	if o.Delimiter != "" {
		if delimiter, err = parseDelimiter(o.Delimiter); err != nil {
			return nil, &Error{Kind: BadOption, Message: err.Error()}
		}
	}
	head := c.headText(t.encoding)
	if o.Format == "" && o.Delimiter == "" && !bytes.ContainsRune(head, delimiter) {
		delimiter = 0 // the extension is that of TSV, but there is no tab
	}
	d := newDialect(head, c.size <= headSize, delimiter, o.HeaderRow-1)
	return &delimitedForm{textForm: t, dialect: d, maxRow: o.maxRow()}, nil
}

func (f *delimitedForm) describe(d *Description) {
	f.textForm.describe(d)
	d.Delimiter = delimiterName(f.dialect.delimiter)
	if d.Format == TSV && f.dialect.delimiter != '\t' {
		d.Format = CSV
	}
}

func (f *delimitedForm) table(_ context.Context, p *pass, count *tally) (table, func(), error) {
	return newDelimited(f.encoding.NewReader(p), f.dialect, f.maxRow, count), func() {}, nil
}

func (f *delimitedForm) rewrite(w io.Writer, header []string) (rowWriter, error) {
	encoded := f.encoding.NewWriter(w)
	rows, err := newDelimitedRows(encoded, f.dialect, header)
	return encodedRows{rows, encoded}, err
}

// delimitedRows writes rows of CSV.
type delimitedRows struct {
	noted
	csv *csv.Writer
}

func newDelimitedRows(w io.Writer, d dialect, header []string) (*delimitedRows, error) {
	if d.mac {
		w = macWriter{w}
	}
	rows := &delimitedRows{noted: newNoted(header), csv: csv.NewWriter(w)}
	rows.csv.Comma, rows.csv.UseCRLF = d.delimiter, d.crlf
	if d.preamble != "" {
		end := "\n"
		if d.crlf {
			end = "\r\n"
		}
		if _, err := io.WriteString(w, d.preamble+end); err != nil {
			return nil, err
		}
	}
	return rows, rows.csv.Write(rows.noted.header(header))
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
