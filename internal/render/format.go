package render

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bring-aboard/usher/pkg/schema"
)

// Format is a name that -o takes. The zero value means the default: a table on
// a terminal, TSV elsewhere, JSON where a --jq filter is given.
type Format string

// The formats.
const (
	// Table is aligned columns with a header, for people. On a terminal it is
	// cut to the terminal's width.
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
	// YAML is what JSON is, as YAML.
	YAML Format = "yaml"
	// ID is one id a line. What has no id has no line.
	ID Format = "id"
)

// formats returns the formats, in the order of the help.
func formats() []format {
	return []format{tableFormat(), tsvFormat(), csvFormat(), jsonFormat(), ndjsonFormat(), yamlFormat(), idFormat()}
}

// format is everything that one format is and does.
type format struct {
	name Format
	// people is true for a format that people read, and documents for one of documents.
	people, documents bool
	// named is true for rows below a header for programs.
	named bool
	// ids is true for a format that has ids alone.
	ids bool
	// filters is true for a format on which --jq works.
	filters bool
	// list begins a list.
	list func(ctx context.Context, p *Printer, columns []Column) sink
	// labels begins the fields of one object, label and value, both whole and without a header. If it is
	// nil, an object is a list of one.
	labels func(p *Printer) sink
	// object prints one document, nil for a format in which it is a list of one.
	object func(ctx context.Context, p *Printer, doc any) error
}

// UsageError says that -o or --jq makes no sense as given.
type UsageError struct{ message string }

// Error says what is wrong and what may be given.
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

// ParseFormat reads the value of -o. An empty name gives the zero Format. For
// an unknown one it returns a *[UsageError] that names the nearest and all.
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
	hint := schema.DidYouMean(string(name), Formats())
	if hint != "" {
		hint += " "
	}
	return format{}, &UsageError{fmt.Sprintf("unknown output format %q: %sthe formats are %s",
		name, hint, strings.Join(Formats(), ", "))}
}
