package roster

import (
	"fmt"
	"unicode/utf8"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Options are the options of reading a roster. Zero values, except of Table, enable detection.
type Options struct {
	// Table lists the fields for the columns.
	Table schema.Table
	// Validate checks the records; nil checks them by the table only.
	Validate Validate
	// Format is the file's format, "" to detect it.
	Format Format
	// Encoding is the name of the text's encoding, "" to detect it.
	Encoding string
	// UsualEncoding is the encoding of a text that does not show its own and for which Encoding is "".
	UsualEncoding string
	// UsualSheet is Sheet for a workbook if that is "".
	UsualSheet string
	// ConfirmEncoding reports whether a guessed encoding is right. Its error is returned unchanged. Nil confirms
	// no guess, and the file is an error.
	ConfirmEncoding func(EncodingGuess) (bool, error)
	// Delimiter is the character between the cells of a CSV file, or its name (comma, semicolon, tab, pipe,
	// space); "" to detect it.
	Delimiter string
	// Sheet is the worksheet by name or by number from 1, "" for the first that is not hidden.
	Sheet string
	// HeaderRow is the line of the header, or its row on the worksheet, from 1; 0 for the first that is not blank.
	HeaderRow int
	// Map contains the field of a header that does not match by itself. Comparisons of headers ignore case, spaces
	// and punctuation. A property of a list of objects is FIELD.PROPERTY.
	Map map[string]string
	// Ignore lists headers of columns, or keys of documents, to ignore.
	Ignore []string
	// IgnoreOthers ignores every column that matches no field.
	IgnoreOthers bool
	// Others are options by which the same file is read for other systems. A header, or a field of Map and Set, that
	// matches no field of Table but one of theirs is ignored.
	Others []Options
	// Filled lists fields whose values Validate sets: they may be missing before, and a column for one is an
	// error.
	Filled []string
	// Set contains a value for a field in every row, or a template of one: headers of columns in braces, with the
	// filters of [template.ApplyWord]. A column for that field is then an error.
	Set map[string]string
	// Values returns the other values of templates; nil for none.
	Values Values
	// Identify lists the headers of the columns that together tell people apart, if the templates of Set have {n}; none
	// if people have keys. The columns do not have to match a field.
	Identify []string
	// Defaults contains values for the fields that a row leaves empty.
	Defaults schema.Record
	// Empties reads the column usher_empty, which lists the fields that a row leaves empty, because a cell without
	// a value has no meaning. Otherwise that column is ignored.
	Empties bool
	// Later lists fields whose values are added when the row is sent, such as a generated password. They may be
	// missing even if they are required.
	Later []string
	// Generator is the flags that generate a missing secret, for next steps; "" for those of an import.
	Generator string
	// MaxCell is the largest cell in bytes, 1 MiB if it is 0.
	MaxCell int
	// TempDir is the directory for the copy of a stream, "" for the system's.
	TempDir string
}

// Validate checks a record, and returns it in its final form: values may have been replaced, such as names by ids,
// in new lists. It returns the same for the same record each time. An error ends the reading and is returned
// unchanged.
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

// maxRow is the maximum size of the text of one row.
func (o Options) maxRow() int { return 4 * o.maxCell() }

// parseDelimiter parses the option for the delimiter.
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
		return 0, fmt.Errorf("invalid delimiter %q; must be one character, or comma, semicolon, tab, pipe or space", text)
	}
	return r, nil
}

// delimiterName returns the name of a delimiter, or the character itself.
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
