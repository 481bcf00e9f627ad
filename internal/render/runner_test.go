package render

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/bring-aboard/usher/internal/term"
)

// commands returns texts that a runner executes if they are a line.
func commands() []string {
	return []string{
		"::error file=x::PWN", " ::add-mask::x", "a\n::error::PWN", "a\r::stop-commands::x", "a\r\n\t::set-output name=x::y", "##[error]PWN", "a ##[add-mask]x",
		"x\n\n::warning::", "::debug::\n::debug::",
	}
}

// executes reports whether a runner finds a command in an output.
func executes(printed string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(printed, func(r rune) bool { return r == '\n' || r == '\r' }), func(line string) bool {
		rest, found := strings.CutPrefix(strings.TrimSpace(line), "::")
		return found && strings.Contains(rest, "::") || strings.Contains(line, "##[")
	})
}

// No format prints a provider's text as a command to a runner. JSON and YAML do not change its value.
func TestNothingCommandsARunner(t *testing.T) {
	columns := []Column{{Name: "first"}, {Name: "second"}}
	for _, text := range commands() {
		if !executes(text) {
			t.Fatalf("%q is no command", text)
		}
		for _, format := range []Format{Table, TSV, CSV, JSON, NDJSON, YAML} {
			streams, _, out, _ := term.Test()
			printer, err := New(streams, format, "")
			if err != nil {
				t.Fatal(err)
			}
			list := printer.List(t.Context(), columns)
			doc := map[string]string{"first": text, text: "second"}
			if err := list.Add([]string{text, text}, doc, "id"); err != nil {
				t.Fatal(err)
			}
			if err := list.Add([]string{"", text}, doc, "id"); err != nil {
				t.Fatal(err)
			}
			if err := list.Close(); err != nil {
				t.Fatal(err)
			}
			if executes(out.String()) {
				t.Errorf("%s: %q is printed as\n%s", format, text, out.String())
			}
			var got []map[string]string
			switch format {
			case JSON:
				err = json.Unmarshal([]byte(out.String()), &got)
			case YAML:
				err = yaml.Unmarshal([]byte(out.String()), &got)
			case CSV:
				_, err = csv.NewReader(strings.NewReader(out.String())).ReadAll()
				fallthrough
			default:
				got = []map[string]string{doc}
			}
			if err != nil || got[0]["first"] != text || got[0][text] != "second" {
				t.Errorf("%s: %q became %q (%v)", format, text, got, err)
			}
		}
	}
}

// Other colons are not changed.
func TestTextsThatAreNoCommands(t *testing.T) {
	for _, text := range []string{"", "::1", "fe80::1", "a::b::c", "std::vector", "## [x]", "#[x]", "a\n::1"} {
		if got := withoutCommands(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
