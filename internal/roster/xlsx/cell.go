package xlsx

import "strconv"

// Kind says what a cell holds.
type Kind int

// The kinds of cells.
const (
	// Empty is a cell that holds nothing.
	Empty Kind = iota
	// Text is a text, or the text that a formula gave.
	Text
	// Number is a number that is shown as it is, so that a leading zero cannot be seen.
	Number
	// Formatted is a number in a format of its own, such as 00000 or 0%.
	Formatted
	// Date is a number that is shown as a date, a time or both. Its text is in the form of ISO 8601.
	Date
	// Boolean is TRUE or FALSE.
	Boolean
	// Failed is the error that a formula gave, such as #N/A.
	Failed
	// Uncomputed is a formula whose result the file does not hold.
	Uncomputed
)

// Cell is one cell of a row.
type Cell struct {
	Kind Kind
	// Text is the value as it is shown, but for long numbers, which have all their digits.
	Text string
	// Exponent is true for a number that a spreadsheet program shows like 1.2E+10.
	Exponent bool
	// Merged is true for a cell that has its value from the one above, with which it is merged.
	Merged bool
}

// Row is one row of a worksheet.
type Row struct {
	// Number is the row's number on the sheet, from 1.
	Number int
	// Hidden is true where a filter or a person hid the row.
	Hidden bool
	// Totals is true for the row of totals of a table.
	Totals bool
	// Cells are the row's cells from column A on. Those beyond the last one are empty.
	Cells []Cell
}

// The largest sheet that the format has.
const (
	maxColumns = 1 << 14
	maxRows    = 1 << 20
)

// CellName gives the name of a cell, both counted from 1: CellName(17, 3) is "C17".
func CellName(row, column int) string {
	return ColumnName(column) + strconv.Itoa(row)
}

// ColumnName gives the letters of a column, counted from 1.
func ColumnName(column int) string {
	var letters []byte
	for ; column > 0; column = (column - 1) / 26 {
		letters = append([]byte{byte('A' + (column-1)%26)}, letters...)
	}
	return string(letters)
}

// columnOf reads the column of a reference such as "C17", and 0 where it is
// none.
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
