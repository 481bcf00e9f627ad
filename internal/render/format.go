package render

import (
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
	// LF). Cells are made safe by [SafeCell].
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

// UsageError says that -o or --jq makes no sense as given.
type UsageError struct{ message string }

// Error says what is wrong and what may be given.
func (e *UsageError) Error() string { return e.message }

// Formats gives the names of the formats, for help and completion.
func Formats() []string {
	return []string{
		string(Table), string(TSV), string(CSV), string(JSON), string(NDJSON), string(YAML), string(ID),
	}
}

// ParseFormat reads the value of -o. An empty name gives the zero Format. For
// an unknown one it returns a *[UsageError] that names the nearest and all.
func ParseFormat(name string) (Format, error) {
	if name == "" || slices.Contains(Formats(), name) {
		return Format(name), nil
	}
	hint := ""
	if nearest := schema.Nearest(name, Formats()); nearest != "" {
		hint = fmt.Sprintf("did you mean %s? ", nearest)
	}
	return "", &UsageError{fmt.Sprintf("unknown output format %q: %sthe formats are %s",
		name, hint, strings.Join(Formats(), ", "))}
}
