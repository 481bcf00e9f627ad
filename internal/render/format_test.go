package render

import (
	"errors"
	"testing"

	"github.com/bring-aboard/usher/internal/term"
)

func TestParseFormat(t *testing.T) {
	if len(Formats()) != 7 {
		t.Fatalf("%d formats, want 7", len(Formats()))
	}
	for _, name := range append(Formats(), "") {
		if got, err := ParseFormat(name); err != nil || got != Format(name) {
			t.Errorf("ParseFormat(%q) = %q, %v", name, got, err)
		}
	}
	const all = "the formats are table, tsv, csv, json, ndjson, yaml, id"
	tests := map[string]string{
		"jsn":  `unknown output format "jsn": did you mean json? ` + all,
		"YAML": `unknown output format "YAML": did you mean yaml? ` + all,
		"xlsx": `unknown output format "xlsx": ` + all,
	}
	for name, want := range tests {
		_, err := ParseFormat(name)
		var usage *UsageError
		if !errors.As(err, &usage) || err.Error() != want {
			t.Errorf("ParseFormat(%q): %v\nwant %s", name, err, want)
		}
	}
}

func TestNewChoosesTheFormat(t *testing.T) {
	tests := []struct {
		name    string
		options []term.TestOption
		format  Format
		jq      string
		want    Format
	}{
		{"terminal", atTerminal(80), "", "", Table},
		{"pipe", inPipe(), "", "", TSV},
		{"only input and errors at a terminal", []term.TestOption{term.WithTerminals(true, false, true)}, "", "", TSV},
		{"asked for", atTerminal(80), CSV, "", CSV},
		{"filter", atTerminal(80), "", ".", JSON},
		{"filter of JSON", inPipe(), JSON, ".", JSON},
		{"filter of NDJSON", inPipe(), NDJSON, ".", NDJSON},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, _ := newPrinter(t, tt.format, tt.jq, tt.options...)
			if got := p.Format(); got != tt.want {
				t.Errorf("format %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNewRefusesAFilterOfOtherFormats(t *testing.T) {
	streams, _, _, _ := term.Test()
	for _, format := range []Format{Table, TSV, CSV, YAML, ID} {
		_, err := New(streams, format, ".")
		var usage *UsageError
		if !errors.As(err, &usage) {
			t.Errorf("-o %s with --jq: %v, want a usage error", format, err)
		}
	}
}
