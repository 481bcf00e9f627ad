package roster

import (
	"slices"
	"strings"
	"testing"
)

// TestFormats checks what the list of formats promises: each name and ending
// leads to one format, in any case and with or without a dot.
func TestFormats(t *testing.T) {
	seen := map[string]Format{}
	for _, f := range formats() {
		if (f.openTable == nil) == (f.openDocuments == nil) {
			t.Errorf("%s is a table and documents, or neither", f.name)
		}
		if f.name.IsTable() != (f.openTable != nil) || f.name.IsBinary() != f.binary {
			t.Errorf("%s: table %t, binary %t", f.name, f.name.IsTable(), f.name.IsBinary())
		}
		for _, ending := range append([]string{string(f.name)}, f.endings...) {
			if other, twice := seen[ending]; twice {
				t.Errorf("%s is an ending of %s and of %s", ending, other, f.name)
			}
			seen[ending] = f.name
			for _, text := range []string{ending, "." + strings.ToUpper(ending)} {
				if found, err := ParseFormat(text); err != nil || found != f.name {
					t.Errorf("ParseFormat(%q) = %q, %v", text, found, err)
				}
			}
		}
	}
	if endings := Endings(); len(endings) != len(seen) || !slices.Contains(endings, "xlsm") {
		t.Errorf("endings %v", endings)
	}
	if got := FormatTitles(); !strings.HasPrefix(got, "CSV, TSV, ") || !strings.HasSuffix(got, " or YAML") {
		t.Errorf("titles %q", got)
	}
	const want = `unknown roster format "docx"; must be one of csv, tsv, `
	if found, err := ParseFormat(".docx"); found != "" || err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("ParseFormat: %q, %v", found, err)
	}
}

// TestEveryFormatHasADress keeps a new format from having no file that is read,
// and written back, by the tests of all dresses.
func TestEveryFormatHasADress(t *testing.T) {
	dressed := map[string]bool{}
	for _, d := range dresses(t) {
		name, _, _ := strings.Cut(d.want, ",")
		dressed[name] = true
	}
	for _, format := range Formats() {
		if !dressed[string(format)] {
			t.Errorf("no dress is %s", format)
		}
	}
}
