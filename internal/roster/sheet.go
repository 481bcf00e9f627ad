package roster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/ods"
	"github.com/bring-aboard/usher/internal/roster/xlsx"
)

// xlsxFormat matches the spreadsheets of other programs as well, which cause an error with their names at opening.
func xlsxFormat() format {
	return format{
		name: XLSX, title: "XLSX", endings: []string{"xlsm"}, binary: true,
		recognises: func(head []byte) bool { return !ods.Is(head) && (xlsx.IsZIP(head) || xlsx.IsCompound(head)) },
		openTable:  openWorkbook, records: sheetRecords(newWorkbook), rewrite: newWorkbook,
	}
}

func odsFormat() format {
	return format{
		name: ODS, title: "ODS", binary: true, recognises: ods.Is,
		openTable: openSpreadsheet, records: sheetRecords(newSpreadsheet), rewrite: newSpreadsheet,
	}
}

// sheetForm is one worksheet of a workbook.
type sheetForm struct {
	sheets []worksheetName
	sheet  worksheetName
	// open begins to read a worksheet, and create one of the same format.
	open   func(index int) (rowSource, error)
	create newSheet
}

// worksheetName is a worksheet by its name and its number.
type worksheetName struct {
	name   string
	hidden bool
	index  int
}

// rowSource reads the rows of a worksheet.
type rowSource interface {
	Next() (*xlsx.Row, error)
	Close() error
}

// newSheet begins a workbook of one sheet.
type newSheet func(w io.Writer, sheet string, columns int) (sheetWriter, error)

type sheetWriter interface {
	Write(texts []string) error
	Close() error
}

func newWorkbook(w io.Writer, sheet string, columns int) (sheetWriter, error) {
	return xlsx.NewWriter(w, sheet, columns)
}

func newSpreadsheet(w io.Writer, sheet string, columns int) (sheetWriter, error) {
	return ods.NewWriter(w, sheet, columns)
}

func openWorkbook(c *content, o Options) (tableForm, error) {
	book, err := xlsx.Open(c.file, c.size)
	if err != nil {
		return nil, fromWorkbook("", err)
	}
	f := &sheetForm{create: newWorkbook, open: func(index int) (rowSource, error) { return book.Rows(book.Sheets()[index]) }}
	for i, sheet := range book.Sheets() {
		f.sheets = append(f.sheets, worksheetName{sheet.Name, sheet.Hidden, i})
	}
	f.sheet, err = chooseSheet(f.sheets, cmp.Or(o.Sheet, o.UsualSheet))
	return f, err
}

func openSpreadsheet(c *content, o Options) (tableForm, error) {
	book, err := ods.Open(c.file, c.size)
	if err != nil {
		return nil, fromWorkbook("", err)
	}
	f := &sheetForm{create: newSpreadsheet, open: func(index int) (rowSource, error) { return book.Rows(book.Sheets()[index]) }}
	for i, sheet := range book.Sheets() {
		f.sheets = append(f.sheets, worksheetName{sheet.Name, sheet.Hidden, i})
	}
	f.sheet, err = chooseSheet(f.sheets, cmp.Or(o.Sheet, o.UsualSheet))
	return f, err
}

func (f *sheetForm) describe(d *Description) {
	d.Sheet = f.sheet.name
	for _, sheet := range f.sheets {
		if !sheet.hidden {
			d.Sheets = append(d.Sheets, sheet.name)
		}
	}
}

// others returns the other worksheets that are not hidden.
func (f *sheetForm) others() []otherSheet {
	var others []otherSheet
	for _, sheet := range f.sheets {
		if !sheet.hidden && sheet.index != f.sheet.index {
			others = append(others, otherSheet{sheet.name, &sheetForm{sheets: f.sheets, sheet: sheet, open: f.open, create: f.create}})
		}
	}
	return others
}

func (f *sheetForm) table(ctx context.Context, _ *pass, _ *tally) (table, func(), error) {
	rows, err := f.open(f.sheet.index)
	if err != nil {
		return nil, nil, fromWorkbook(f.sheet.name, err)
	}
	return &worksheet{name: f.sheet.name, rows: rows, interrupted: ctx.Err}, func() { _ = rows.Close() }, nil
}

func (f *sheetForm) rewrite(w io.Writer, header []string) (rowWriter, error) {
	return newSheetRows(f.create, w, f.sheet.name, header)
}

// newSheetRows begins a worksheet for rows of a roster with a header.
func newSheetRows(create newSheet, w io.Writer, name string, header []string) (rowWriter, error) {
	rows := &sheetRows{noted: newNoted(header)}
	header = rows.header(header)
	var err error
	if rows.sheet, err = create(w, name, len(header)); err != nil {
		return nil, err
	}
	return rows, rows.sheet.Write(header)
}

// sheetRows writes rows of a worksheet.
type sheetRows struct {
	noted
	sheet sheetWriter
}

func (s *sheetRows) write(raw rawRow, n note) error { return s.sheet.Write(s.with(raw.cells, n)) }

func (s *sheetRows) close() error { return s.sheet.Close() }

// worksheet reads the rows of a worksheet.
type worksheet struct {
	name string
	rows rowSource
	line int
	// kinds are those of the last row.
	kinds []cellKind
	// interrupted reports whether the reading is to end.
	interrupted func() error
}

// next returns the next row in the worksheet.
func (w *worksheet) next() (tableRow, error) {
	if err := w.interrupted(); err != nil {
		return tableRow{}, fmt.Errorf("reading was interrupted: %w", err)
	}
	row, err := w.rows.Next()
	if err != nil {
		return tableRow{}, fromWorkbook(w.name, err)
	}
	w.line, w.kinds = row.Number, w.kinds[:0]
	cells := make([]string, len(row.Cells))
	for i, cell := range row.Cells {
		cells[i] = cell.Text
		if cell.Kind == xlsx.Uncomputed {
			cells[i] = uncomputed
		}
		w.kinds = append(w.kinds, kindOf(cell))
	}
	return tableRow{line: row.Number, cells: cells, kinds: w.kinds, hidden: row.Hidden, totals: row.Totals}, nil
}

func kindOf(cell xlsx.Cell) cellKind {
	switch {
	case cell.Kind == xlsx.Failed:
		return failedCell
	case cell.Kind == xlsx.Uncomputed:
		return uncomputedCell
	case cell.Merged:
		return mergedCell
	case cell.Exponent:
		return exponentCell
	case cell.Kind == xlsx.Number:
		return numberCell
	case cell.Kind == xlsx.Date:
		return dateCell
	default:
		return textCell
	}
}

// uncomputed replaces the missing result of a formula, so that the cell does not count as empty.
const uncomputed = "#FORMULA"

// place returns the place of a cell of the last row.
func (w *worksheet) place(column int) (line, at int) { return w.line, column + 1 }

// chooseSheet returns the worksheet to read: by its name, by its number, or the first that is not hidden.
func chooseSheet(sheets []worksheetName, wanted string) (worksheetName, error) {
	if len(sheets) == 0 {
		return worksheetName{}, &Error{Kind: NoSheet, Message: "workbook without worksheets"}
	}
	if wanted == "" {
		for _, sheet := range sheets {
			if !sheet.hidden {
				return sheet, nil
			}
		}
		return worksheetName{}, noSheet("all worksheets are hidden", sheets)
	}
	for _, equal := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, sheet := range sheets {
			if equal(sheet.name, wanted) {
				return sheet, nil
			}
		}
	}
	if number, err := strconv.Atoi(wanted); err == nil && 1 <= number && number <= len(sheets) {
		return sheets[number-1], nil
	}
	return worksheetName{}, noSheet(fmt.Sprintf("worksheet not found: %q", wanted), sheets)
}

func noSheet(message string, sheets []worksheetName) error {
	names := make([]string, len(sheets))
	for i, sheet := range sheets {
		names[i] = fmt.Sprintf("%d %q", i+1, sheet.name)
		if sheet.hidden {
			names[i] += " (hidden)"
		}
	}
	return &Error{Kind: NoSheet, Message: message, Hint: "choose one with --sheet: " + strings.Join(names, ", ")}
}

// fromWorkbook converts an error of package xlsx to one of this package.
func fromWorkbook(sheet string, err error) error {
	var own *xlsx.Error
	if !errors.As(err, &own) {
		return err
	}
	reason := Syntax
	switch own.Kind {
	case xlsx.Encrypted:
		reason = Encrypted
	case xlsx.TooLarge:
		reason = TooLarge
	case xlsx.NotWorkbook, xlsx.OtherFormat:
		reason = WrongFormat
	}
	return &Error{
		Kind: reason, Sheet: sheet, Line: own.Row, Column: own.Column,
		Message: own.Message, Hint: own.Hint, Cause: own.Cause,
	}
}
