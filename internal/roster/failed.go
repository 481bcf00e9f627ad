package roster

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// FailedWriter writes rows of a roster in the roster's format: its columns, order, delimiter, encoding and line
// ends, followed by the columns or keys usher_line, usher_error and usher_hint, which replace those of an earlier
// run. After fixing, the file can be imported as it is.
//
// The rows contain the administrator's values, including secrets: the caller must restrict access to the file. The
// rows are copied from the roster, which is read again for that, and only if there are any.
type FailedWriter struct {
	rows   rowWriter
	ctx    context.Context
	roster *Roster
	source *rawReader // nil before the first row
}

// rowWriter writes rows in one form.
type rowWriter interface {
	write(raw rawRow, n note) error
	close() error
}

// note is what is written after a row.
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

// EmptyHeader is the header of the column that lists the fields that a row leaves empty; see [Options.Empties].
const EmptyHeader = "usher_empty"

// NewFailedWriter begins a file for rows of this roster, in the roster's format or one of [SheetFormats].
// Spreadsheet programs do not change the values there. The context ends the reading of the roster.
func NewFailedWriter(ctx context.Context, w io.Writer, r *Roster, as Format) (*FailedWriter, error) {
	if known, _ := formatOf(string(as)); known.rewrite != nil && r.cells != nil && known.name != r.format.name {
		rows, err := newSheetRows(known.rewrite, w, "People", r.header)
		return &FailedWriter{rows: rows, ctx: ctx, roster: r}, err
	}
	rows, err := r.form.rewrite(w, r.header)
	return &FailedWriter{rows: rows, ctx: ctx, roster: r}, err
}

// Write adds a row by its number, with its error and what to do about it. Rows are written in their order.
func (f *FailedWriter) Write(number int, message, hint string) (err error) {
	if f.source == nil {
		if f.source, err = f.roster.readRaw(f.ctx); err != nil {
			return err
		}
	}
	raw, line, err := f.source.row(number)
	if err != nil {
		return err
	}
	return f.rows.write(raw, note{line: line, error: harmless(message), hint: harmless(hint)})
}

// Close completes the file. It does not close the underlying writer.
func (f *FailedWriter) Close() error {
	if f.source != nil {
		if err := f.source.close(); err != nil {
			return err
		}
	}
	return f.rows.close()
}

// rawReader reads the rows as they are in the file, without validation.
type rawReader struct {
	roster *Roster
	pass   *pass
	next   func() (raw rawRow, line int, err error)
	done   func()
	number int // of the row that was read last
}

// readRaw begins a pass.
func (r *Roster) readRaw(ctx context.Context) (*rawReader, error) {
	raw := &rawReader{roster: r, pass: r.content.pass(ctx), done: func() {}}
	if r.objects != nil {
		rows := r.objects.documents(raw.pass, &tally{})
		raw.next = func() (rawRow, int, error) {
			e, err := rows.next()
			return e.raw, e.line, err
		}
		return raw, nil
	}
	rows, done, err := r.rows(ctx, raw.pass, &tally{})
	if err != nil {
		return nil, r.content.changeOr(r.named(err))
	}
	raw.done = done
	raw.next = func() (rawRow, int, error) {
		row, err := nextFilled(rows, &tally{})
		return rawRow{cells: row.cells}, row.line, err
	}
	return raw, nil
}

// row returns the row with a number, which is not smaller than the last one, and its line.
func (r *rawReader) row(number int) (raw rawRow, line int, err error) {
	for ; r.number < number; r.number++ {
		if raw, line, err = r.next(); err != nil {
			if isEnd(err) {
				err = r.roster.content.hasChanged()
			}
			return raw, line, r.roster.content.changeOr(r.roster.named(err))
		}
	}
	if line == 0 {
		return raw, line, fmt.Errorf("row %d follows row %d", number, r.number)
	}
	return raw, line, nil
}

// close ends the pass. It returns an error if the file has changed since the first one.
func (r *rawReader) close() error {
	r.done()
	return r.pass.finish()
}

// harmless returns a text that spreadsheet programs do not treat as a formula.
func harmless(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	if text != "" && strings.IndexByte("=+-@\t", text[0]) >= 0 {
		return "'" + text
	}
	return text
}
