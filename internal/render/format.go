package render

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Format is a value of -o. The zero value is the default: JSON with --jq, otherwise a table on a terminal and TSV
// elsewhere.
type Format string

// The formats.
const (
	// Table is aligned columns with a header, for people. On a terminal it is truncated to the terminal's width.
	Table Format = "table"
	// TSV is tab-separated values without a header. Tabs and line breaks in
	// values become spaces.
	TSV Format = "tsv"
	// CSV is comma-separated values with a header (RFC 4180, but lines end in
	// LF). Cells are made safe by [safecell.Guard].
	CSV Format = "csv"
	// JSON is one document, or one array of documents, indented by two spaces.
	JSON Format = "json"
	// NDJSON is one JSON document a line.
	NDJSON Format = "ndjson"
	// YAML is the document or array of JSON, as YAML.
	YAML Format = "yaml"
	// ID is one id a line. A result without an id has no line.
	ID Format = "id"
)

// formats returns the formats, in the order of the help.
func formats() []format {
	return []format{tableFormat(), tsvFormat(), csvFormat(), jsonFormat(), ndjsonFormat(), yamlFormat(), idFormat()}
}

// format is the definition of one format.
type format struct {
	name Format
	// people is true for a format for people, and documents for one that prints documents.
	people, documents bool
	// named is true for rows below a header for programs.
	named bool
	// ids is true for a format that prints only ids.
	ids bool
	// filters is true for a format that allows --jq.
	filters bool
	// list begins a list.
	list func(ctx context.Context, p *Printer, columns []Column) sink
	// labels begins the fields of one object, label and value, without truncation and without a header. If it is
	// nil, an object is printed as a list of one.
	labels func(p *Printer) sink
	// object prints one document. If it is nil, the document is printed as a list of one.
	object func(ctx context.Context, p *Printer, doc any) error
}

// UsageError is the error for an invalid -o or --jq.
type UsageError struct{ message string }

// Error returns the problem and the allowed values.
func (e *UsageError) Error() string { return e.message }

// Formats returns the names of the formats, for completion.
func Formats() []string { return namesOf(func(format) bool { return true }) }

// FormatHelp returns the help of -o.
func FormatHelp() string { return "output format: " + alternatives(Formats()) }

func namesOf(wanted func(format) bool) []string {
	var names []string
	for _, f := range formats() {
		if wanted(f) {
			names = append(names, string(f.name))
		}
	}
	return names
}

func alternatives(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// ParseFormat returns the Format of a value of -o, the zero Format for "". For an unknown name it returns a
// *[UsageError] with the nearest name and all names.
func ParseFormat(name string) (Format, error) {
	if _, err := formatOf(Format(name)); name != "" && err != nil {
		return "", err
	}
	return Format(name), nil
}

func formatOf(name Format) (format, error) {
	all := formats()
	if i := slices.IndexFunc(all, func(f format) bool { return f.name == name }); i >= 0 {
		return all[i], nil
	}
	return format{}, &UsageError{fmt.Sprintf("--output %q: must be one of %s%s",
		name, strings.Join(Formats(), ", "), schema.Suggestion(string(name), Formats()))}
}
