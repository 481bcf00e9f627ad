package roster

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/bring-aboard/usher/pkg/schema"
)

// delimited reads the rows of a CSV file.
type delimited struct {
	dialect dialect
	window  *window
	csv     *csv.Reader
	tally   *tally
	end     int64 // where the last row ends in the text
	line    int   // the line where the last row begins
	cells   int   // the number of its cells
}

func newDelimited(text io.Reader, d dialect, most int, t *tally) *delimited {
	if d.mac {
		text = macReader{text}
	}
	w := newWindow(text, most)
	buffered := bufio.NewReaderSize(w, 32<<10)
	r := csv.NewReader(buffered)
	r.Comma, r.FieldsPerRecord = d.delimiter, -1
	table := &delimited{dialect: d, window: w, csv: r, tally: t}
	if d.preamble != "" {
		_, _ = r.Read() // an error, returned by the next call
		table.end = r.InputOffset()
	}
	return table
}

// next returns the next row that is not an empty line.
func (d *delimited) next() (tableRow, error) {
	d.window.mark(d.end)
	cells, err := d.csv.Read()
	d.end = d.csv.InputOffset()
	var broken *csv.ParseError
	switch {
	case d.window.err != nil:
		if errors.Is(d.window.err, overfull{}) {
			return tableRow{}, d.tooLarge()
		}
		return tableRow{}, d.window.err
	case err == nil:
		d.begin(cells)
		return tableRow{line: d.line, cells: cells}, nil
	case errors.As(err, &broken):
		return d.broken(broken)
	default:
		d.tally.Blank += bytes.Count(d.window.text(d.end), []byte{'\n'})
		return tableRow{}, err
	}
}

func (d *delimited) begin(cells []string) {
	d.line, _ = d.csv.FieldPos(0)
	d.cells = len(cells)
	d.tally.Blank += d.line - d.window.line
}

// broken returns a row whose quotation marks break the rules, with its cells as far as possible. An unclosed mark
// ends the file.
func (d *delimited) broken(cause *csv.ParseError) (tableRow, error) {
	text := d.window.text(d.end)
	start, open := lastCell(text, d.dialect.delimiter)
	line, column := d.window.place(d.window.offset + int64(start))
	if open {
		return tableRow{}, &Error{
			Kind: Syntax, Line: line, Column: column, Cause: cause, Message: "unclosed quotation mark",
			Hint: "close it, or double it if it is part of the text",
		}
	}
	fieldErr := &schema.FieldError{
		Cause: Unparsable, Message: "text after a closing quotation mark",
		Hint: `double each quotation mark that is part of the text: "Anna ""Annie"" Smith"`,
	}
	if errors.Is(cause.Err, csv.ErrBareQuote) {
		line, column = cause.Line, d.window.columnIn(cause.Line, cause.Column)
		fieldErr.Message = "quotation mark in an unquoted cell"
		fieldErr.Hint = `enclose the cell in quotation marks and double the inner one: "5"" disk"`
		if d.followsSpace(cause) {
			fieldErr.Message = "white space between the delimiter and an opening quotation mark"
			fieldErr.Hint = "remove the spaces before the quotation mark"
		}
	}
	d.tally.Blank += cause.StartLine - d.window.line
	d.line, d.cells = cause.StartLine, 0
	return tableRow{line: d.line, cells: lazily(text, d.dialect.delimiter), broken: &brokenRow{line: line, column: column, fault: fieldErr}}, nil
}

// followsSpace reports whether only white space is between the delimiter and a quotation mark.
func (d *delimited) followsSpace(quote *csv.ParseError) bool {
	before, _ := d.window.before(quote.Line, quote.Column)
	trimmed := bytes.TrimRight(before, " ")
	return len(trimmed) < len(before) && (len(trimmed) == 0 || bytes.HasSuffix(trimmed, []byte(string(d.dialect.delimiter))))
}

// lazily splits a row that breaks the rules.
func lazily(text []byte, delimiter rune) []string {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = delimiter, true, -1
	rows, _ := r.ReadAll() // a row that cannot be split counts as empty
	var cells []string
	for _, row := range rows {
		cells = append(cells, row...)
	}
	return cells
}

// tooLarge returns the error of a row that exceeds the window, most likely because of an unclosed quotation mark.
func (d *delimited) tooLarge() error {
	start, open := lastCell(d.window.kept(), d.dialect.delimiter)
	line, column := d.window.place(d.window.offset + int64(start))
	e := &Error{
		Kind: TooLarge, Line: line, Column: column, Message: fmt.Sprintf("row larger than %s", sizeText(d.window.most)),
		Hint: "check that the file is a roster",
	}
	if open {
		e.Message = fmt.Sprintf("cell larger than %s", sizeText(d.window.most))
		e.Hint = "check for an unclosed quotation mark"
	}
	return e
}

// place returns where a cell of the last row begins.
func (d *delimited) place(column int) (line, at int) {
	if column < 0 || column >= d.cells {
		return d.line, 0
	}
	line, at = d.csv.FieldPos(column)
	return line, d.window.columnIn(line, at)
}

// sizeText returns a size for people.
func sizeText(size int) string {
	switch {
	case size >= 1<<20:
		return fmt.Sprintf("%d MiB", size>>20)
	case size >= 1<<10:
		return fmt.Sprintf("%d KiB", size>>10)
	default:
		return fmt.Sprintf("%d bytes", size)
	}
}
