package xlsx

import "strconv"

// Kind is the kind of a cell's content.
type Kind int

// The kinds of cells.
const (
	// Empty is an empty cell.
	Empty Kind = iota
	// Text is a text, or the text that is the result of a formula.
	Text
	// Number is a number without a format, whose leading zeros cannot be shown.
	Number
	// Formatted is a number with a format, such as 00000 or 0%.
	Formatted
	// Date is a number that is shown as a date, a time or both. Its text is in the form of ISO 8601.
	Date
	// Boolean is TRUE or FALSE.
	Boolean
	// Failed is an error of a formula, such as #N/A.
	Failed
	// Uncomputed is a formula whose result is not in the file.
	Uncomputed
)

// Cell is one cell of a row.
type Cell struct {
	Kind Kind
	// Text is the value as it is shown, except for long numbers, which have all their digits.
	Text string
	// Exponent reports whether it is a number that a spreadsheet program shows like 1.2E+10.
	Exponent bool
	// Merged reports whether the cell has the value of the one above, with which it is merged.
	Merged bool
}

// Row is one row of a worksheet.
type Row struct {
	// Number is the row's number on the sheet, from 1.
	Number int
	// Hidden reports whether the row was hidden, by a filter or manually.
	Hidden bool
	// Totals reports whether it is the row of totals of a table.
	Totals bool
	// Cells are the row's cells from column A on. Those after the last one are empty.
	Cells []Cell
}

// The largest sheet of the format.
const (
	maxColumns = 1 << 14
	maxRows    = 1 << 20
)

// CellName returns the name of a cell, both counted from 1: CellName(17, 3) is "C17".
func CellName(row, column int) string {
	return ColumnName(column) + strconv.Itoa(row)
}

// ColumnName returns the letters of a column, counted from 1.
func ColumnName(column int) string {
	var letters []byte
	for ; column > 0; column = (column - 1) / 26 {
		letters = append([]byte{byte('A' + (column-1)%26)}, letters...)
	}
	return string(letters)
}

// columnOf returns the column of a reference such as "C17", 0 if it is invalid.
func columnOf(reference string) int {
	column := 0
	for i := range len(reference) {
		letter := reference[i] &^ 0x20
		if letter < 'A' || letter > 'Z' {
			break
		}
		if column = column*26 + int(letter-'A') + 1; column > maxColumns {
			return 0
		}
	}
	return column
}
