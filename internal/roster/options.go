package roster

import (
	"fmt"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Options say how a roster is read. The zero value of each but Table
// recognises what can be recognised.
type Options struct {
	// Table lists the fields that the columns stand for.
	Table schema.Table
	// Validate checks the records; nil checks them by the table alone.
	Validate Validate
	// Format is the file's format, "" to recognise it.
	Format Format
	// Encoding is the name of the text's encoding, "" to recognise it.
	Encoding string
	// UsualEncoding is the encoding of a text that does not show its own and for which Encoding is "".
	UsualEncoding string
	// UsualSheet is Sheet for a workbook if that is "".
	UsualSheet string
	// ConfirmEncoding reports whether a guess at the encoding is right. Its error comes back as it is.
	// Nil confirms no guess, and the file is refused.
	ConfirmEncoding func(EncodingGuess) (bool, error)
	// Delimiter is the character between the cells of a CSV file, or its name (comma, semicolon, tab,
	// pipe, space); "" to recognise it.
	Delimiter string
	// Sheet is the worksheet by name or by number from 1, "" for the first that is not hidden.
	Sheet string
	// HeaderRow is the line of the header, or its row on the worksheet, from 1; 0 for the first that is
	// not blank.
	HeaderRow int
	// Map gives the field for a header, where the two do not match by themselves. Headers are compared
	// without regard to case, spaces and punctuation. A member of a list of objects is FIELD.MEMBER.
	Map map[string]string
	// Ignore lists headers of columns, or keys of documents, that are left out.
	Ignore []string
	// IgnoreOthers leaves every column out that matches nothing.
	IgnoreOthers bool
	// Filled lists fields to which Validate gives their values: they may be missing before, and a column
	// for one is an error.
	Filled []string
	// Set gives a field the same value in every row. A column for that field is then an error.
	Set map[string]string
	// Defaults give values to the fields that a row leaves empty.
	Defaults schema.Record
	// Empties reads the column usher_empty, which names the fields that a row gives as empty: a cell
	// without a value says nothing. Otherwise that column is left out.
	Empties bool
	// Later lists fields that come from elsewhere when the row is sent, such as a generated password, and
	// so may be missing even where they are required.
	Later []string
	// MaxCell is the largest cell in bytes, 1 MiB where it is 0.
	MaxCell int
	// TempDir is the folder for the copy of a stream, "" for the system's.
	TempDir string
}

// Validate checks a record, and gives it as it is to be sent: values may have
// been replaced, such as names by ids, in lists of their own. It gives the same
// for the same record each time. An error ends the reading and comes back as it
// is.
type Validate func(schema.Record) (schema.Record, schema.FieldErrors, error)

func (o Options) validate() Validate {
	if o.Validate != nil {
		return o.Validate
	}
	return func(record schema.Record) (schema.Record, schema.FieldErrors, error) {
		return record, o.Table.Validate(record), nil
	}
}

func (o Options) maxCell() int {
	if o.MaxCell > 0 {
		return o.MaxCell
	}
	return 1 << 20
}

// maxRow is the most text that one row may take.
func (o Options) maxRow() int { return 4 * o.maxCell() }

// parseDelimiter reads the option for the delimiter.
func parseDelimiter(text string) (rune, error) {
	switch text {
	case "comma":
		return ',', nil
	case "semicolon":
		return ';', nil
	case "tab", `\t`:
		return '\t', nil
	case "pipe":
		return '|', nil
	case "space":
		return ' ', nil
	}
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 || size < len(text) || r == '"' || r == '\r' || r == '\n' || r == 0 || r == utf8.RuneError {
		return 0, fmt.Errorf("%q cannot be a delimiter: give one character, or comma, semicolon, tab, pipe or space", text)
	}
	return r, nil
}

// delimiterName gives the word for a delimiter, or the character itself.
func delimiterName(r rune) string {
	switch r {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "pipe"
	case ' ':
		return "space"
	default:
		return string(r)
	}
}
