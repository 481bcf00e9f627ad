package render

import (
	"errors"
	"fmt"
	"os"
	"strings"
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
	const all = "must be one of table, tsv, csv, json, ndjson, yaml, id"
	tests := map[string]string{
		"jsn":  `--output "jsn": ` + all + " (did you mean json?)",
		"YAML": `--output "YAML": ` + all + " (did you mean yaml?)",
		"xlsx": `--output "xlsx": ` + all,
	}
	for name, want := range tests {
		_, err := ParseFormat(name)
		var usage *UsageError
		if !errors.As(err, &usage) || err.Error() != want {
			t.Errorf("ParseFormat(%q): %v\nwant %s", name, err, want)
		}
	}
}

// TestFormatsAreWhatTheySay compares the properties of each format with its output.
func TestFormatsAreWhatTheySay(t *testing.T) {
	page, err := os.ReadFile("../../docs/output.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats() {
		p, list := newPrinter(t, f.name, "")
		rows := p.List(t.Context(), []Column{{Name: "id"}, {Name: "phone"}})
		if err := errors.Join(rows.Add([]string{"u_1", "1"}, ann, "u_1"), rows.Close()); err != nil {
			t.Fatal(err)
		}
		if documents := strings.Contains(list.String(), "usher.user/v1"); documents != p.PrintsDocuments() {
			t.Errorf("-o %s prints documents: %t\n%s", f.name, documents, list)
		}
		if ids := list.String() == "u_1\n"; ids != p.PrintsIDs() {
			t.Errorf("-o %s prints ids: %t\n%s", f.name, ids, list)
		}
		if header := !f.documents && strings.Contains(list.String(), "phone"); header != (p.NamesColumns() || p.ForPeople()) {
			t.Errorf("-o %s has a header: %t\n%s", f.name, header, list)
		}
		if row := fmt.Sprintf("\n| `%s` | ", f.name); !strings.Contains(string(page), row) {
			t.Errorf("docs/output.md has no row for -o %s", f.name)
		}
	}
	if got := FormatHelp(); got != "output format: table, tsv, csv, json, ndjson, yaml or id" {
		t.Errorf("help %q", got)
	}
}

// TestText checks that the text replaces the fields of a table, and is not in other formats.
func TestText(t *testing.T) {
	want := map[Format]string{Table: "GET /users\n", TSV: "GET /users\n", CSV: "request\nGET /users\n", NDJSON: "1\n", ID: ""}
	for format, want := range want {
		p, out := newPrinter(t, format, "")
		if err := p.Text(t.Context(), "GET /users\n", 1, [][2]string{{"request", "GET /users"}}, ""); err != nil {
			t.Fatal(err)
		}
		compare(t, out, want)
	}
	p, out := newPrinter(t, TSV, "")
	if err := p.Text(t.Context(), "a\x1b[2J\nb\n", 1, nil, ""); err != nil {
		t.Fatal(err)
	}
	compare(t, out, "a\ufffd[2J\nb\n")
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
			if got := p.format.name; got != tt.want {
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
