package roster

import (
	"fmt"
	"slices"
	"strings"
)

// Description is how a roster was read.
type Description struct {
	// File is the name of the source.
	File string
	// Format is the detected or specified format.
	Format Format
	// Encoding is the text's encoding, with its byte order mark; "" for a workbook.
	Encoding string
	// UsedUsual is true if that is [Options] UsualEncoding.
	UsedUsual bool
	// Delimiter is the name of a CSV file's delimiter, or the character itself; "" for other formats.
	Delimiter string
	// Sheet is the worksheet that is read, and Sheets are all visible ones of the workbook; empty for other
	// formats.
	Sheet  string
	Sheets []string
	// Columns are the columns of a table in the file's order; none for a document, because its keys may differ
	// from row to row.
	Columns []Column
	// Unused are the headers of [Options.Map] and [Options.Ignore] that no column has; none for a document.
	Unused []string
	// Notes say what of the file was opened, and what was not read, in phrases; NotRead
	// names all that was not read.
	Notes   []string
	NotRead []Unread
	// SHA256 is the sum of the file's bytes in hexadecimal digits.
	SHA256 string
}

// Unread is what of a file was not read: things of one kind.
type Unread struct {
	Kind UnreadKind
	// Names are the worksheets, headers or properties; for rows why they were left out.
	Names []string
	// Count is how many there are.
	Count int
}

// UnreadKind is a kind of thing that is not read.
type UnreadKind string

// The kinds of things that are not read.
const (
	UnreadSheet    UnreadKind = "sheet"
	UnreadColumn   UnreadKind = "column"
	UnreadProperty UnreadKind = "property"
	UnreadRow      UnreadKind = "row"
)

// Column is one column of a table.
type Column struct {
	// Header is the header without surrounding white space.
	Header string
	// Number is the column's number, from 1.
	Number int
	// Field is the documented name of the column's field, "" if the column is ignored.
	Field string
	// Part is the property of a list of objects that the column contains, "" for the whole field.
	Part string
	// Label is the type of the objects in the column, "" for none: a mobile phone.
	Label string
}

// String returns the description in one line: `people.csv: csv, UTF-8 with BOM, semicolon, 4 of 5 columns`.
func (d Description) String() string {
	parts := []string{string(d.Format)}
	for _, part := range []string{d.Encoding, d.Delimiter} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if d.Sheet != "" {
		parts = append(parts, fmt.Sprintf("sheet %q", d.Sheet))
	}
	if len(d.Columns) > 0 {
		used := 0
		for _, column := range d.Columns {
			if column.Field != "" {
				used++
			}
		}
		parts = append(parts, fmt.Sprintf("%d of %d columns", used, len(d.Columns)))
	}
	return d.File + ": " + strings.Join(parts, ", ")
}

// leave adds things that are not read, if there are any.
func (d *Description) leave(kind UnreadKind, names []string) {
	if len(names) > 0 {
		d.NotRead = append(d.NotRead, Unread{Kind: kind, Names: names, Count: len(names)})
	}
}

// Summary is the counts of one complete reading of the rows.
type Summary struct {
	// Rows is the number of records, with and without errors.
	Rows int
	// Blank is the number of skipped empty lines and rows.
	Blank int
	// Trimmed is the number of values and headers from which white space or invisible characters were removed.
	Trimmed int
	// Left are the properties of objects that were not read, because an option leaves them
	// out or, in the property Inside of documents of usher, because the provider sets them.
	Left   []string
	Inside string
	// Warnings are possible errors, in the order of their first occurrence.
	Warnings []Warning
}

// LeftText names the properties that were not read in a phrase, "" if there are none.
func (s Summary) LeftText() string {
	switch {
	case len(s.Left) == 0:
		return ""
	case s.Inside == "":
		return "not read: " + quotedTexts(s.Left)
	}
	return fmt.Sprintf("not read in %q: %s", s.Inside, quotedTexts(s.Left))
}

// Warning is a possible error in a column, with the first place.
type Warning struct {
	// Concern is the possible error.
	Concern Concern
	// Count is the number of values.
	Count int
	// First is the place of the first of them.
	First Place
}

// String returns the first place, the count and the concern.
func (w Warning) String() string {
	noun := "value"
	if w.Concern.isOfRow() {
		noun = "row"
	}
	return fmt.Sprintf("%s: %s: %s", w.First, counted(w.Count, noun), w.Concern)
}

// Concern is a possible error in a value.
type Concern string

// The concerns.
const (
	// LostZero is a number in a text field.
	LostZero Concern = "number in a text column, may have lost a leading zero or plus sign; format the column as text"
	// Exponent is a number that a spreadsheet program shows in scientific notation.
	Exponent Concern = "long number shown like 1.2E+10, may have lost digits; format the column as text"
	// LikeDate is a date in a text field.
	LikeDate Concern = "date in a text column; spreadsheet programs convert values such as 3-4; format the column as text"
	// Grouped is a number with commas between its thousands.
	Grouped Concern = "number with thousands separators, added by a spreadsheet program; format the column as text"
	// Apostrophe is a text that begins with an apostrophe, and Unquoted one whose apostrophe was removed.
	Apostrophe Concern = "text begins with an apostrophe, which spreadsheet programs use to mark a text; delete it if it is not part of the value"
	Unquoted   Concern = "removed the apostrophe with which spreadsheet programs mark a text"
	// Unwrapped is a text that is the result of a formula.
	Unwrapped Concern = "removed the formula =\"...\" that protects a text from spreadsheet programs"
	// SharedEmail is an email that an earlier row has.
	SharedEmail Concern = "same email as an earlier row"
	// TruthWord is a word that was read as true or false, and Inverted a value of a column
	// whose header says the opposite of the field.
	TruthWord Concern = "read as true or false"
	Inverted  Concern = "inverted, because the column is the opposite of the field"
	// MergedCell is a cell with the value of the one above.
	MergedCell Concern = "merged with the cell above, has the same value"
	// ShortRow is a row with fewer cells than the header.
	ShortRow Concern = "fewer cells than the header; missing cells at the end count as empty"
	// PreambleRow, CommentRow, HeaderRow and TotalsRow are skipped rows.
	PreambleRow Concern = "row above the header, skipped"
	CommentRow  Concern = "comment row, skipped"
	HeaderRow   Concern = "repeated header row, skipped"
	TotalsRow   Concern = "totals row, skipped"
	// HiddenRow is a row hidden by a filter or manually.
	HiddenRow Concern = "hidden row, included; delete it if it is not part of the roster"
)

// Change returns a word for a concern that is a value changed on the way in, "" for any
// other.
func (c Concern) Change() string {
	switch c {
	case Unwrapped:
		return "unwrapped"
	case Unquoted:
		return "unquoted"
	case TruthWord:
		return "truth"
	case Inverted:
		return "inverted"
	case MergedCell:
		return "merged"
	case ShortRow:
		return "completed"
	default:
		return ""
	}
}

// LeftOut returns a word for a concern that is a row left out, "" for any other.
func (c Concern) LeftOut() string {
	switch c {
	case PreambleRow:
		return "preamble"
	case CommentRow:
		return "comment"
	case HeaderRow:
		return "header"
	case TotalsRow:
		return "totals"
	default:
		return ""
	}
}

// isOfRow reports whether a concern is about a whole row.
func (c Concern) isOfRow() bool {
	return slices.Contains([]Concern{ShortRow, PreambleRow, CommentRow, HeaderRow, TotalsRow, HiddenRow}, c)
}

// tally collects the summary of one pass.
type tally struct {
	Summary
	seen   map[concerned]int // the index of the warning
	emails emailSet
}

type concerned struct {
	concern Concern
	header  string
}

// leave adds a property that was not read in the users of documents, once.
func (t *tally) leave(inside, property string) {
	const most = 100 // no more is kept of files that have other keys in each object
	t.Inside = inside
	if at, ok := slices.BinarySearch(t.Left, property); !ok && len(t.Left) < most {
		t.Left = slices.Insert(t.Left, at, property)
	}
}

// warn counts a concern, with one warning per header.
func (t *tally) warn(c Concern, at Place) {
	key := concerned{concern: c, header: at.Header}
	i, ok := t.seen[key]
	if !ok {
		if t.seen == nil {
			t.seen = map[concerned]int{}
		}
		i = len(t.Warnings)
		t.seen[key] = i
		t.Warnings = append(t.Warnings, Warning{Concern: c, First: at})
	}
	t.Warnings[i].Count++
}
