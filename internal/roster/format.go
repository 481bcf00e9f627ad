package roster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/bring-aboard/usher/internal/roster/charset"
	"github.com/bring-aboard/usher/internal/roster/xlsx"
)

// Format is the form of a roster.
type Format string

// The formats of rosters. TSV is CSV whose delimiter is the tab.
const (
	CSV    Format = "csv"
	TSV    Format = "tsv"
	XLSX   Format = "xlsx"
	JSON   Format = "json"
	NDJSON Format = "ndjson"
	YAML   Format = "yaml"
)

// Formats lists the formats that are read, by the names that --format takes.
func Formats() []Format { return []Format{CSV, TSV, XLSX, JSON, NDJSON, YAML} }

// ParseFormat finds a format by its name or by the ending of a file's name,
// with or without the dot, in any case. It fails on a name that it does not
// know and lists those that it does.
func ParseFormat(name string) (Format, error) {
	switch name = strings.ToLower(strings.TrimPrefix(name, ".")); name {
	case "csv", "tsv", "xlsx", "json", "ndjson", "yaml":
		return Format(name), nil
	case "tab":
		return TSV, nil
	case "xlsm":
		return XLSX, nil
	case "jsonl":
		return NDJSON, nil
	case "yml":
		return YAML, nil
	}
	return "", fmt.Errorf("%q is not a format of rosters: use csv, tsv, xlsx, json, ndjson or yaml", name)
}

// isDelimited tells whether the format is CSV with any delimiter.
func (f Format) isDelimited() bool { return f == CSV || f == TSV }

// isTable tells whether the format has columns with headers.
func (f Format) isTable() bool { return f.isDelimited() || f == XLSX }

// recognise decides on the format: the given one, else that of the file's
// ending, else that of its content. A file that plainly is another one is an
// error.
func (c *content) recognise(given Format) (Format, error) {
	if given != "" {
		if _, err := ParseFormat(string(given)); err != nil {
			return "", &Error{Reason: BadOption, File: c.name, Message: err.Error()}
		}
	}
	packed := xlsx.IsZIP(c.head) || xlsx.IsCompound(c.head)
	ending, err := ParseFormat(filepath.Ext(c.name))
	switch {
	case given != "" && packed && given != XLSX:
		return "", &Error{Reason: WrongFormat, File: c.name, Message: "a workbook or an archive, not " + string(given), Hint: "leave --format away"}
	case packed:
		return XLSX, nil
	case given == XLSX || given == "" && err == nil && ending == XLSX:
		return "", &Error{Reason: WrongFormat, File: c.name, Message: "not an XLSX workbook, whatever its name says", Hint: "for a text file use --format csv"}
	case given != "":
		return given, nil
	}
	if err := c.refuseForeign(); err != nil {
		return "", err
	}
	text := c.headText(c.encodings.Encoding())
	if err != nil {
		return guess(text), nil
	}
	switch {
	case ending == JSON && guess(text) == NDJSON:
		return NDJSON, nil
	case ending == NDJSON && isList(text):
		return JSON, nil
	default:
		return ending, nil
	}
}

// refuseForeign names files that are no rosters but that people take for some.
func (c *content) refuseForeign() error {
	refuse := func(message, hint string) error {
		return &Error{Reason: WrongFormat, File: c.name, Message: message, Hint: hint}
	}
	text := bytes.ToLower(bytes.TrimLeft(c.headText(c.encodings.Encoding()), " \t\r\n"))
	switch {
	case bytes.HasPrefix(c.head, []byte{0x1F, 0x8B}):
		return refuse("compressed with gzip", "unpack it: gunzip -c FILE | usher users import -")
	case bytes.HasPrefix(c.head, []byte("%PDF")):
		return refuse("a PDF document", "export the list as .xlsx or CSV from the program that made it")
	case bytes.HasPrefix(text, []byte("<!doctype")), bytes.HasPrefix(text, []byte("<html")), bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<table")):
		return refuse("a web page or an XML document", "open it in a spreadsheet program and save it as .xlsx or CSV")
	}
	return nil
}

// headText is the beginning of the file as UTF-8, as far as it can be read.
func (c *content) headText(e charset.Encoding) []byte {
	text, _ := io.ReadAll(e.NewReader(bytes.NewReader(c.head)))
	return text
}

// isList tells whether a JSON text is one list, and not one object or several.
func isList(text []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte{'['}) }

// guess recognises the format of a text by its beginning.
func guess(text []byte) Format {
	text = bytes.TrimLeft(text, " \t\r\n")
	switch {
	case len(text) == 0:
		return CSV
	case isList(text):
		return JSON
	case text[0] == '{':
		first, rest, _ := bytes.Cut(text, []byte{'\n'})
		if json.Valid(first) && len(bytes.TrimSpace(rest)) > 0 {
			return NDJSON
		}
		return JSON
	}
	for line := range bytes.Lines(text) {
		line := bytes.TrimRight(line, " \t\r\n")
		switch {
		case len(line) == 0 || line[0] == '#':
			continue
		case bytes.HasPrefix(line, []byte("---")), bytes.HasPrefix(line, []byte("%YAML")), bytes.HasPrefix(line, []byte("- ")), string(line) == "-", isYAMLKey(line):
			return YAML
		}
		break
	}
	return CSV
}

// isYAMLKey recognises "key: value", which no header line of CSV looks like.
func isYAMLKey(line []byte) bool {
	key, value, found := bytes.Cut(line, []byte{':'})
	return found && !bytes.ContainsAny(key, " ,;\t|\"'") && (len(value) == 0 || value[0] == ' ')
}
