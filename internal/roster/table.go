package roster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/xlsx"
	"github.com/bring-aboard/usher/pkg/schema"
)

// table is a file with rows of cells.
type table interface {
	// next returns the next row, and io.EOF after the last one. Every other error is one of the whole file.
	next() (tableRow, error)
	// place returns the line and the column of a cell of the last row, by its index.
	place(column int) (line, at int)
}

// tableRow is a row as it is in the file.
type tableRow struct {
	line  int
	cells []string
	// kinds are those of the cells of a worksheet, nil for a text. They are valid until the next row.
	kinds  []cellKind
	hidden bool
	// totals reports whether it is the row of totals of a table.
	totals bool
	// broken is set if the row could not be split into cells by the rules.
	broken *brokenRow
}

// cellKind is what a worksheet contains about a cell in addition to its text.
type cellKind int8

const (
	textCell cellKind = iota
	// numberCell is a number without a format, whose leading zeros cannot be shown.
	numberCell
	// exponentCell is a number that a spreadsheet program shows like 1.2E+10.
	exponentCell
	// dateCell is a date, a time or both.
	dateCell
	// failedCell is a formula with an error, and uncomputedCell a formula without a result.
	failedCell
	uncomputedCell
	// mergedCell is a cell with the value of the one above.
	mergedCell
)

type brokenRow struct {
	line, column int
	fault        *schema.FieldError
}

// isBlank reports whether a row is empty.
func (t tableRow) isBlank() bool {
	const endOfFile = "\x1a" // Ctrl-Z, with which old programs end a text
	for _, cell := range t.cells {
		if text, _ := clean(cell); text != "" && (text != endOfFile || len(t.cells) > 1) {
			return false
		}
	}
	return t.broken == nil
}

// nextFilled returns the next row that is not blank, and counts the blank ones.
func nextFilled(t table, count *tally) (tableRow, error) {
	for {
		row, err := t.next()
		if err != nil || !row.isBlank() {
			return row, err
		}
		count.Blank++
	}
}

// tableReader converts the rows of a table to records.
type tableReader struct {
	table
	plan    *plan
	tally   *tally
	at      Place // the file and the sheet
	maxCell int
	cleaned []string
	// blank is the number of empty rows so far, and lastLine the line of the last row. gap reports whether there
	// was an empty row, and spaced whether a key had white space.
	blank, lastLine int
	gap, spaced     bool
}

// next returns the next record.
func (r *tableReader) next() (Row, error) {
	raw, err := nextFilled(r.table, r.tally)
	if err != nil {
		return Row{}, err
	}
	r.tally.Rows++
	row := Row{Number: r.tally.Rows, Line: raw.line}
	r.at.Row, r.at.Line = row.Number, row.Line
	if raw.broken != nil {
		at := r.at
		at.Line, at.Column = raw.broken.line, raw.broken.column
		row.Record, row.Errors = schema.Record{}, RowErrors{{Place: at, FieldError: raw.broken.fault}}
		return row, nil
	}
	if raw.hidden {
		r.tally.warn(HiddenRow, r.at)
	}
	faults := r.inspect(raw)
	record, found, err := r.plan.record(row.Number, r.cleaned)
	if err != nil {
		return Row{}, err
	}
	row.Record = record
	person, lacking := r.plan.person(row.Number, r.plan.cellOf(r.cleaned))
	row.Person, found = person, append(found, lacking...)
	if shifted := r.width(raw); shifted != nil {
		faults, found = []cellError{*shifted}, nil // other errors would be about the wrong columns
	}
	if foreign := r.foreignRow(raw); foreign != nil {
		faults, found = []cellError{*foreign}, nil
	}
	if field := r.plan.sharedEmail(record, &r.tally.emails); field != "" {
		column, ok := r.plan.home[field]
		if !ok {
			column = -1
		}
		r.tally.warn(SharedEmail, r.placeOf(column))
	}
	inspected := faults
	for _, f := range found {
		if !slices.ContainsFunc(inspected, func(earlier cellError) bool { return earlier.column == f.column }) {
			faults = append(faults, f)
		}
	}
	for _, f := range faults {
		row.Errors = append(row.Errors, RowError{Place: r.placeOf(f.column), FieldError: f.FieldError})
	}
	return row, nil
}

// placeOf returns the place of a cell of the last row, or of the row.
func (r *tableReader) placeOf(column int) Place {
	at := r.at
	if column < 0 {
		return at
	}
	at.Line, at.Column = r.place(column)
	if column < len(r.plan.columns) {
		at.Header = r.plan.columns[column].header
	}
	return at
}

// inspect cleans the cells of a row and checks those that are used.
func (r *tableReader) inspect(raw tableRow) []cellError {
	r.cleaned = r.cleaned[:0]
	var faults []cellError
	for i, cell := range raw.cells {
		text, trimmed := r.clean(i, cell)
		r.cleaned = append(r.cleaned, text)
		if trimmed {
			r.tally.Trimmed++
		}
		if text == "" || i >= len(r.plan.columns) || r.plan.columns[i].skip {
			continue
		}
		if len(text) > r.maxCell {
			faults = append(faults, cellError{column: i, FieldError: largeCell(r.plan.columns[i].name(), r.maxCell)})
			r.cleaned[i] = ""
			continue
		}
		if fieldErr := raw.failure(i, r.plan.columns[i].name()); fieldErr != nil {
			faults = append(faults, cellError{column: i, FieldError: fieldErr})
			continue
		}
		judged, fieldErr := r.check(raw, i, text)
		if r.cleaned[i] = judged; fieldErr != nil {
			faults = append(faults, cellError{column: i, FieldError: fieldErr})
		}
	}
	return faults
}

// clean removes what surrounds a value. See [cleanSpace].
func (r *tableReader) clean(i int, cell string) (string, bool) {
	if i < len(r.plan.columns) && !r.plan.columns[i].skip && isKey(r.plan.columns[i].valueField()) {
		return cleanSpace(cell)
	}
	return clean(cell)
}

func largeCell(field string, most int) *schema.FieldError {
	return &schema.FieldError{Field: field, Cause: LargeCell, Message: fmt.Sprintf("cell larger than %s", sizeText(most)), Hint: "shorten it"}
}

// failure returns the error of a cell whose formula has no result, nil for none.
func (t tableRow) failure(i int, field string) *schema.FieldError {
	if i >= len(t.kinds) {
		return nil
	}
	switch t.kinds[i] {
	case failedCell:
		return &schema.FieldError{Field: field, Cause: FailedCell, Message: "formula with the error " + t.cells[i], Hint: "fix the formula"}
	case uncomputedCell:
		return &schema.FieldError{
			Field: field, Cause: FailedCell, Message: "formula without a result",
			Hint: "open it in a spreadsheet program and save it",
		}
	default:
		return nil
	}
}

// check returns the error of a used cell, counts possible errors, and returns the text without protections against
// spreadsheet programs.
func (r *tableReader) check(raw tableRow, i int, text string) (string, *schema.FieldError) {
	c := &r.plan.columns[i]
	f := c.valueField()
	if !f.Secret {
		undone, concern := undo(text)
		if concern != "" {
			r.tally.warn(concern, r.placeOf(i))
		}
		text = undone
	}
	if raw.kinds != nil && takesText(f) {
		switch raw.kinds[i] {
		case exponentCell:
			if fieldErr := lostDigits(f, text); fieldErr != nil {
				return text, fieldErr
			}
			r.tally.warn(Exponent, r.placeOf(i))
			return text, nil
		case numberCell:
			r.tally.warn(LostZero, r.placeOf(i))
			return text, nil
		case dateCell:
			r.tally.warn(LikeDate, r.placeOf(i))
			return text, nil
		}
	}
	if i < len(raw.kinds) && raw.kinds[i] == mergedCell {
		r.tally.warn(MergedCell, r.placeOf(i))
	}
	if f.Kind == schema.Boolean {
		r.judgeTruth(i, text)
	}
	if !c.field.Kind.IsList() || !strings.Contains(text, ";") {
		return text, r.inspectItem(i, text)
	}
	for _, item := range listed(text) {
		if fieldErr := r.inspectItem(i, item); fieldErr != nil {
			return text, fieldErr
		}
	}
	return text, nil
}

// judgeTruth counts values that are not read as they are.
func (r *tableReader) judgeTruth(i int, text string) {
	switch {
	case r.plan.columns[i].inverted:
		r.tally.warn(Inverted, r.placeOf(i))
	case text != "" && !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false"):
		r.tally.warn(TruthWord, r.placeOf(i))
	}
}

// inspectItem checks one text of a cell.
func (r *tableReader) inspectItem(i int, text string) *schema.FieldError {
	c := &r.plan.columns[i]
	fieldErr, concern := inspectText(c.valueField(), text)
	if fieldErr != nil {
		fieldErr.Field = c.field.Name
	}
	if concern != "" {
		r.tally.warn(concern, r.placeOf(i))
	}
	return fieldErr
}

// lostDigits returns the error of a number that identifies a user and has more digits than spreadsheet programs
// store.
func lostDigits(f *schema.Field, digits string) *schema.FieldError {
	const kept = 15
	if !f.Identifier || len(digits) <= kept {
		return nil
	}
	return &schema.FieldError{
		Field: f.Name, Cause: schema.Malformed, Value: digits, Message: fmt.Sprintf("%s %q has more than %d digits, of which spreadsheet programs store only %d", f.Name, digits, kept, kept),
		Hint: "format the column as text and enter the value again",
	}
}

// width compares the number of cells with the header. In a worksheet, cells at the end may be missing.
func (r *tableReader) width(raw tableRow) *cellError {
	want, got := len(r.plan.columns), len(raw.cells)
	for got > want && r.cleaned[got-1] == "" {
		got--
	}
	switch {
	case got > want && raw.kinds != nil:
		return &cellError{column: got - 1, FieldError: &schema.FieldError{
			Cause: WrongCells, Message: "cell has no column header",
			Hint: "delete it, or add a header to its column",
		}}
	case got > want:
		return &cellError{column: want, FieldError: wrongCells(got, want, "enclose a value that contains the delimiter in quotation marks")}
	case got < want && raw.kinds == nil && r.lacksRequired(got):
		return &cellError{column: -1, FieldError: wrongCells(got, want, "add the delimiters that are missing")}
	case got < want && raw.kinds == nil:
		r.tally.warn(ShortRow, r.at)
	}
	return nil
}

// lacksRequired reports whether a required field has its column from this index on.
func (r *tableReader) lacksRequired(from int) bool {
	for i := range r.plan.columns[from:] {
		if c := &r.plan.columns[from+i]; !c.skip && c.field.Required && r.plan.home[c.field.Name] >= from {
			return true
		}
	}
	return false
}

func wrongCells(got, want int, hint string) *schema.FieldError {
	return &schema.FieldError{
		Cause: WrongCells, Hint: hint,
		Message: fmt.Sprintf("row has %s, but the header has %d", counted(got, "cell"), want),
	}
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// headers reads the header: the first row that is neither blank nor a preamble, or the one on a line that is not
// 0.
func headers(t table, line int, count *tally, at Place) (cleaned, raw []string, found int, err error) {
	row, err := headerRow(t, line, count, at)
	if err != nil {
		return nil, nil, 0, err
	}
	if row.broken != nil {
		return nil, nil, 0, &Error{Kind: Syntax, Line: row.broken.line, Column: row.broken.column, Message: row.broken.fault.Message, Hint: row.broken.fault.Hint}
	}
	for _, header := range row.cells {
		text, trimmed := clean(header)
		if trimmed {
			count.Trimmed++
		}
		text, _ = undo(text)
		cleaned = append(cleaned, text)
	}
	for len(cleaned) > 0 && cleaned[len(cleaned)-1] == "" && row.kinds != nil {
		cleaned = cleaned[:len(cleaned)-1] // styled cells at the end of a worksheet's header
	}
	return cleaned, row.cells, row.line, nil
}

func headerRow(t table, line int, count *tally, at Place) (tableRow, error) {
	for {
		row, err := nextFilled(t, count)
		switch {
		case err != nil:
			return row, err
		case line > 0 && row.line < line:
			at.Line = row.line
			count.warn(PreambleRow, at)
		case line > 0 && row.line > line:
			return row, &Error{Kind: BadOption, Line: line, Message: "no header in the row that --header-row specifies"}
		case line == 0 && isPreamble(row):
			at.Line = row.line
			count.warn(PreambleRow, at)
		default:
			return row, nil
		}
	}
}

// findUnnamed looks for values in the columns without a header. It returns the place of the first one in each.
func findUnnamed(t table, columns []int, count *tally) ([]RowError, error) {
	var rowErrs []RowError
	found := map[int]bool{}
	for len(found) < len(columns) {
		row, err := nextFilled(t, count)
		if isEnd(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, column := range columns {
			if column >= len(row.cells) || found[column] || row.broken != nil {
				continue
			}
			if text, _ := clean(row.cells[column]); text != "" {
				found[column] = true
				var at Place
				at.Line, at.Column = t.place(column)
				rowErrs = append(rowErrs, RowError{Place: at, FieldError: &schema.FieldError{
					Cause: NoHeader, Message: fmt.Sprintf("column %s has values but no header", columnNumber(column)),
					Hint: "add a header, or ignore it: --ignore-column " + xlsx.ColumnName(column+1),
				}})
			}
		}
	}
	return rowErrs, nil
}
