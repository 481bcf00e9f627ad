package roster

import (
	"fmt"
	"slices"
	"strings"
)

// Description says what a roster was read as.
type Description struct {
	// File is the name that the source was given.
	File string
	// Format is the format that was recognised or given.
	Format Format
	// Encoding is the text's encoding, with a word on its byte order mark; "" for a workbook.
	Encoding string
	// UsedUsual is true if that is [Options] UsualEncoding.
	UsedUsual bool
	// Delimiter is the word for a CSV file's delimiter, or the character itself; "" elsewhere.
	Delimiter string
	// Sheet is the worksheet that is read, and Sheets are all that the workbook shows; empty elsewhere.
	Sheet  string
	Sheets []string
	// Columns are the columns of a table in the file's order; none for a document, whose keys may differ
	// from row to row.
	Columns []Column
	// Unused lists the headers of [Options.Map] and [Options.Ignore] that no column has. None are told for
	// a document.
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
	// Header is the header without the white space around it.
	Header string
	// Number is the column's number, from 1.
	Number int
	// Field is the documented name of the field that the column gives, "" where the column is left out.
	Field string
	// Part is the member of a list of objects that the column gives, "" where it gives the whole field.
	Part string
	// Label is the type of the objects that the column gives, "" for none: a mobile phone.
	Label string
}

// String says it in one line: `people.csv: csv, UTF-8 with BOM, semicolon, 4 of 5 columns`.
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

// Summary counts what one whole reading of the rows found.
type Summary struct {
	// Rows is how many records there were, with and without faults.
	Rows int
	// Blank is how many empty lines and rows were passed over.
	Blank int
	// Trimmed is how many values, headers among them, had white space or invisible characters removed.
	Trimmed int
	// Left are the properties of objects that were not read, because an option leaves them
	// out or, in the property Inside of documents of usher, because the provider sets them.
	Left   []string
	Inside string
	// Warnings say what may be wrong, in the order in which it was first seen.
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

// Warning is something that may be wrong in a column, with the first place.
type Warning struct {
	// Concern is what may be wrong.
	Concern Concern
	// Count is how many values it concerns.
	Count int
	// First is the first of them.
	First Place
}

// String gives the first place, the count and the concern.
func (w Warning) String() string {
	noun := "value"
	if w.Concern.isOfRow() {
		noun = "row"
	}
	return fmt.Sprintf("%s: %s: %s", w.First, counted(w.Count, noun), w.Concern)
}

// Concern is something that may be wrong with a value.
type Concern string

// The concerns.
const (
	// LostZero is a number where a text is asked for.
	LostZero Concern = "a number in a column of text has lost a leading zero or plus sign, if it had one: format the column as text"
	// Exponent is a number that a spreadsheet program shows in scientific notation.
	Exponent Concern = "a long number is shown like 1.2E+10 and may have lost digits: format the column as text"
	// LikeDate is a date where a text is asked for.
	LikeDate Concern = "a date in a column of text, into which spreadsheet programs turn values such as 3-4: format the column as text"
	// Grouped is a number with commas between its thousands.
	Grouped Concern = "a number with commas between its thousands, as spreadsheet programs show it: format the column as text"
	// Apostrophe is a text that begins with an apostrophe, and Unquoted one whose apostrophe was removed.
	Apostrophe Concern = "the text begins with an apostrophe, by which spreadsheet programs mark a text: delete it if it is not part of the value"
	Unquoted   Concern = "the apostrophe was removed by which spreadsheet programs mark a text"
	// Unwrapped is a text that was given as a formula.
	Unwrapped Concern = "the form =\"...\" was removed by which a text is kept from a spreadsheet program"
	// SharedEmail is an email that an earlier row has.
	SharedEmail Concern = "an earlier row has the same email"
	// TruthWord is a word that was read as true or false, and Inverted a value of a column
	// whose header says the opposite of the field.
	TruthWord Concern = "the word was read as true or false"
	Inverted  Concern = "the column says the opposite of the field, and the value was inverted"
	// MergedCell is a cell that has its value from the one above.
	MergedCell Concern = "the cell is merged with the one above, and has its value"
	// ShortRow is a row with fewer cells than the header.
	ShortRow Concern = "the row has fewer cells than the header, and those that are missing at its end count as empty"
	// PreambleRow, CommentRow, HeaderRow and TotalsRow are rows that were left out.
	PreambleRow Concern = "the row above the header was left out"
	CommentRow  Concern = "the row is a comment and was left out"
	HeaderRow   Concern = "the row is a header that comes again, and was left out"
	TotalsRow   Concern = "the row has the totals of the table, and was left out"
	// HiddenRow is a row that a filter or a person has hidden.
	HiddenRow Concern = "the row is hidden in the spreadsheet and was read all the same: delete the rows that are not meant"
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

// isOfRow reports whether a concern is one of a whole row.
func (c Concern) isOfRow() bool {
	return slices.Contains([]Concern{ShortRow, PreambleRow, CommentRow, HeaderRow, TotalsRow, HiddenRow}, c)
}

// tally gathers the summary of one pass.
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

// warn counts a concern, one warning a header.
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
