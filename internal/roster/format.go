package roster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/charset"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Format is the format of a roster, by its name.
type Format string

// The formats of rosters. TSV is CSV with a tab as delimiter.
const (
	CSV    Format = "csv"
	TSV    Format = "tsv"
	XLSX   Format = "xlsx"
	ODS    Format = "ods"
	JSON   Format = "json"
	NDJSON Format = "ndjson"
	YAML   Format = "yaml"
)

// formats returns the supported formats. A file that no format recognises is read by the first one, and a file
// that several recognise by the first of them.
func formats() []format {
	return []format{csvFormat(), tsvFormat(), xlsxFormat(), odsFormat(), jsonFormat(), ndjsonFormat(), yamlFormat()}
}

// format is everything that the package has for one format. Exactly one of openTable and openDocuments is set.
type format struct {
	name Format
	// title is the name in a sentence.
	title string
	// endings are the extensions of files, without the dot, in addition to the name.
	endings []string
	// binary reports whether a file is not a text.
	binary bool
	// recognises reports whether a file begins like one of this format. Texts are UTF-8. It is nil for a format
	// that cannot be detected.
	recognises func(head []byte) bool
	// openTable opens a roster whose columns have headers.
	openTable func(c *content, o Options) (tableForm, error)
	// openDocuments opens a roster of objects.
	openDocuments func(c *content, o Options) (documentForm, error)
	// records begins a roster of the fields of a table.
	records func(w io.Writer, table schema.Table) (recordWriter, error)
	// rewrite begins a worksheet for rows of any roster with columns, nil for a format without worksheets.
	rewrite newSheet
}

// form is one open roster in its format.
type form interface {
	// describe adds how the file was read.
	describe(d *Description)
	// rewrite begins a file of the same form, for rows of the roster. The header is that of a table.
	rewrite(w io.Writer, header []string) (rowWriter, error)
}

// tableForm is a form with columns.
type tableForm interface {
	form
	// table begins to read the cells, including the header. The returned function ends the reading.
	table(ctx context.Context, p *pass, count *tally) (table, func(), error)
}

// documentForm is a form of objects.
type documentForm interface {
	form
	// documents begins to read the objects.
	documents(p *pass, count *tally) documents
}

// Formats returns the supported formats, by the names that --format accepts.
func Formats() []Format { return namesOf(formats()) }

func namesOf(list []format) []Format {
	var names []Format
	for _, f := range list {
		names = append(names, f.name)
	}
	return names
}

// SheetFormats returns the formats of worksheets, in which [NewFailedWriter] writes the rows of any roster with
// columns.
func SheetFormats() []Format {
	return namesOf(slices.DeleteFunc(formats(), func(f format) bool { return f.rewrite == nil }))
}

// FormatTitles returns the supported formats for people: CSV, TSV or YAML.
func FormatTitles() string {
	var titles []string
	for _, f := range formats() {
		titles = append(titles, f.title)
	}
	return alternatives(titles)
}

func alternatives(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Endings returns the extensions of supported files, without the dot.
func Endings() []string {
	var endings []string
	for _, f := range formats() {
		endings = append(endings, string(f.name))
		endings = append(endings, f.endings...)
	}
	return endings
}

// ParseFormat returns a format by its name or by the extension of a file's name, with or without the dot, in any
// case. The error of an unknown name lists the known ones.
func ParseFormat(name string) (Format, error) {
	f, err := formatOf(name)
	return f.name, err
}

func formatOf(name string) (format, error) {
	name = strings.ToLower(strings.TrimPrefix(name, "."))
	var names []string
	for _, f := range formats() {
		if string(f.name) == name || slices.Contains(f.endings, name) {
			return f, nil
		}
		names = append(names, string(f.name))
	}
	return format{}, fmt.Errorf("unknown roster format %q; must be one of %s", name, alternatives(names))
}

// IsTable reports whether the format has columns with headers.
func (f Format) IsTable() bool {
	known, err := formatOf(string(f))
	return err == nil && known.openTable != nil
}

// IsBinary reports whether the format is not a text, so that a terminal cannot show it.
func (f Format) IsBinary() bool {
	known, _ := formatOf(string(f))
	return known.binary
}

// recognised returns the format of a file from its beginning.
func recognised(head []byte, binary bool) (found format, ok bool) {
	for _, f := range formats() {
		if f.binary == binary && f.recognises != nil && f.recognises(head) {
			return f, true
		}
	}
	return format{}, false
}

// guess returns the format of a text from its beginning.
func guess(text []byte) format {
	if found, ok := recognised(bytes.TrimLeft(text, " \t\r\n"), false); ok {
		return found
	}
	return formats()[0]
}

// recognise returns the format: the specified one, else that of the file's extension, else that of its content. A
// file that is clearly of another format is an error.
func (c *content) recognise(given Format) (format, error) {
	refuse := func(reason Kind, message, hint string) (format, error) {
		return format{}, &Error{Kind: reason, File: c.name, Message: message, Hint: hint}
	}
	wanted, unknown := formatOf(filepath.Ext(c.name))
	if given != "" {
		var err error
		if wanted, err = formatOf(string(given)); err != nil {
			return refuse(BadOption, err.Error(), "")
		}
	}
	found, binary := recognised(c.head, true)
	switch {
	case binary && given != "" && wanted.name != found.name:
		return refuse(WrongFormat, "a workbook or an archive, not "+string(given), "omit --format")
	case binary:
		return found, nil
	case wanted.binary:
		return refuse(WrongFormat, "not an "+wanted.title+" workbook, despite its name", "for a text file, use --format csv")
	case given != "":
		return wanted, nil
	}
	if err := c.refuseForeign(); err != nil {
		return format{}, err
	}
	text := c.headText(c.encodings.Encoding())
	switch {
	case unknown != nil:
		return guess(text), nil
	case wanted.name == JSON && guess(text).name == NDJSON:
		return ndjsonFormat(), nil
	case wanted.name == NDJSON && isList(text):
		return jsonFormat(), nil
	default:
		return wanted, nil
	}
}

// refuseForeign returns an error for common files that are not rosters.
func (c *content) refuseForeign() error {
	refuse := func(message, hint string) error {
		return &Error{Kind: WrongFormat, File: c.name, Message: message, Hint: hint}
	}
	text := bytes.ToLower(bytes.TrimLeft(c.headText(c.encodings.Encoding()), " \t\r\n"))
	switch {
	case bytes.HasPrefix(c.head, []byte{0x1F, 0x8B}):
		return refuse("compressed with gzip", "unpack it: gunzip -c FILE | usher users import -")
	case isLDIF(text):
		return refuse("an LDIF file", "export the users as CSV: csvde -f people.csv -r '(objectClass=user)' for Active Directory, or convert the LDIF to CSV or NDJSON")
	case bytes.HasPrefix(text, []byte("begin:vcard")):
		return refuse("a vCard file of contacts", "import it into an address book, and export that as CSV")
	case bytes.HasPrefix(c.head, []byte("%PDF")):
		return refuse("a PDF document", "export the list as .xlsx or CSV from the program that made it")
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<table")):
		return refuse("a web page or an XML document", "open it in a spreadsheet program and save it as .xlsx or CSV")
	}
	return nil
}

// isLDIF reports whether a text is LDIF (RFC 2849), by its first line that is not a comment.
func isLDIF(text []byte) bool {
	for line := range bytes.Lines(text) {
		switch {
		case len(bytes.TrimSpace(line)) == 0, line[0] == '#', bytes.HasPrefix(line, []byte("version: 1")):
		default:
			return bytes.HasPrefix(line, []byte("dn: ")) || bytes.HasPrefix(line, []byte("dn:: "))
		}
	}
	return false
}

// headText returns the beginning of the file as UTF-8, as far as it can be read.
func (c *content) headText(e charset.Encoding) []byte {
	text, _ := io.ReadAll(e.NewReader(bytes.NewReader(c.head)))
	return text
}
