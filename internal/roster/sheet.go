package roster

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
)

// worksheet reads the rows of a worksheet.
type worksheet struct {
	rows *xlsx.Rows
	line int
	// interrupted tells whether the reading is to end.
	interrupted func() error
}

// next gives the next row that the worksheet holds.
func (w *worksheet) next() (tableRow, error) {
	if err := w.interrupted(); err != nil {
		return tableRow{}, fmt.Errorf("reading was interrupted: %w", err)
	}
	row, err := w.rows.Next()
	if err != nil {
		return tableRow{}, err
	}
	w.line = row.Number
	cells := make([]string, len(row.Cells))
	for i, cell := range row.Cells {
		cells[i] = cell.Text
		if cell.Kind == xlsx.Uncomputed {
			cells[i] = uncomputed
		}
	}
	return tableRow{line: row.Number, cells: cells, shown: row.Cells, hidden: row.Hidden}, nil
}

// uncomputed stands for the result of a formula that the file does not hold,
// so that the cell is not taken for an empty one.
const uncomputed = "#FORMULA"

// place tells where a cell of the last row is.
func (w *worksheet) place(column int) (line, at int) { return w.line, column + 1 }

// chooseSheet finds the worksheet to read: by its name, by its number among
// all of them, or the first that is not hidden.
func chooseSheet(file string, book *xlsx.Workbook, wanted string) (xlsx.Sheet, error) {
	sheets := book.Sheets()
	if len(sheets) == 0 {
		return xlsx.Sheet{}, &Error{Reason: NoSheet, File: file, Message: "the workbook has no worksheet"}
	}
	if wanted == "" {
		for _, sheet := range sheets {
			if !sheet.Hidden {
				return sheet, nil
			}
		}
		return xlsx.Sheet{}, noSheet(file, "all worksheets are hidden", sheets)
	}
	for _, equal := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, sheet := range sheets {
			if equal(sheet.Name, wanted) {
				return sheet, nil
			}
		}
	}
	if number, err := strconv.Atoi(wanted); err == nil && 1 <= number && number <= len(sheets) {
		return sheets[number-1], nil
	}
	return xlsx.Sheet{}, noSheet(file, fmt.Sprintf("the workbook has no worksheet %q", wanted), sheets)
}

func noSheet(file, message string, sheets []xlsx.Sheet) error {
	names := make([]string, len(sheets))
	for i, sheet := range sheets {
		names[i] = fmt.Sprintf("%d %s", i+1, shellQuote(sheet.Name))
		if sheet.Hidden {
			names[i] += " (hidden)"
		}
	}
	return &Error{Reason: NoSheet, File: file, Message: message, Hint: "choose one with --sheet: " + strings.Join(names, ", ")}
}

// visible lists the names of the worksheets that are not hidden.
func visible(sheets []xlsx.Sheet) []string {
	var names []string
	for _, sheet := range sheets {
		if !sheet.Hidden {
			names = append(names, sheet.Name)
		}
	}
	return names
}

// fromWorkbook turns an error of package xlsx into one of this package.
func fromWorkbook(file, sheet string, err error) error {
	var own *xlsx.Error
	if !errors.As(err, &own) {
		return err
	}
	reason := Syntax
	switch own.Reason {
	case xlsx.Encrypted:
		reason = Encrypted
	case xlsx.TooLarge:
		reason = TooLarge
	case xlsx.NotWorkbook, xlsx.OtherFormat:
		reason = WrongFormat
	}
	return &Error{
		Reason: reason, File: file, Sheet: sheet, Line: own.Row, Column: own.Column,
		Message: own.Message, Hint: own.Hint, Cause: own.Cause,
	}
}
