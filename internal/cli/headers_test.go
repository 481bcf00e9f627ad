package cli

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/providers/scim"
	"github.com/bring-aboard/usher/internal/roster"
)

// headerSet is the header of an export of one system, with the field of each column, "" for none.
type headerSet struct {
	headers, fields []string
}

// headerSets returns the content of docs/headers.tsv.
func headerSets(t *testing.T) (names []string, sets map[string]*headerSet) {
	t.Helper()
	table, err := os.ReadFile("../../docs/headers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	sets = map[string]*headerSet{}
	for line := range strings.SplitSeq(strings.TrimRight(string(table), "\n"), "\n") {
		cells := strings.Split(line, "\t")
		if len(cells) != 4 {
			t.Fatalf("%q has %d cells", line, len(cells))
		}
		if cells[0] == "system" {
			continue
		}
		set, ok := sets[cells[0]]
		if !ok {
			set = &headerSet{}
			sets[cells[0]], names = set, append(names, cells[0])
		}
		set.headers, set.fields = append(set.headers, cells[1]), append(set.fields, cells[2])
	}
	return names, sets
}

// TestHeadersOfKnownSystems matches the headers of exports: at least nine in ten of those with a field match it, and
// none matches another field.
func TestHeadersOfKnownSystems(t *testing.T) {
	const least, leastRows = 57, 850 // constant: a shorter table must not pass
	names, sets := headerSets(t)
	rows := 0
	for _, set := range sets {
		rows += len(set.headers)
	}
	if rows < leastRows {
		t.Fatalf("%d headers, want %d or more", rows, leastRows)
	}
	if len(names) < least {
		t.Fatalf("%d sets of headers, want %d or more", len(names), least)
	}
	adapter := scim.Adapter()
	wanted, understood := 0, 0
	for _, name := range names {
		set := sets[name]
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		if err := w.WriteAll([][]string{set.headers, slices.Repeat([]string{"x"}, len(set.headers))}); err != nil {
			t.Fatal(err)
		}
		// Other columns are ignored, and a user name is there in any case.
		r, err := roster.Open(t.Context(), roster.Stream("people.csv", &text), roster.Options{Table: adapter.Table, IgnoreOthers: true, HeaderRow: 1, Later: []string{"userName"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, column := range r.Description().Columns {
			got := column.Field
			if column.Part != "" {
				got += "." + column.Part
			}
			if column.Label != "" {
				got += ":" + column.Label
			}
			if set.fields[i] != "" {
				wanted++
			}
			switch {
			case got == set.fields[i] && got != "":
				understood++
			case got != "":
				t.Errorf("%s: %q was taken for %s, want %q", name, column.Header, got, set.fields[i])
			case set.fields[i] != "":
				t.Logf("%s: %q was not understood, want %s", name, column.Header, set.fields[i])
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if understood*10 < wanted*9 {
		t.Errorf("%d of %d headers were understood", understood, wanted)
	}
	t.Logf("%d of %d headers were understood", understood, wanted)
}
