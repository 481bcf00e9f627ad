package render

import (
	"encoding/csv"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/term"
)

func TestCSVReadsBack(t *testing.T) {
	rows := [][]string{
		{"plain", `say "hi"`, "a,b"},
		{"", "two\nlines", " blanks "},
		{"\x1b[2J", "tab\tbed", "王小明"},
	}
	p, out := newPrinter(t, CSV, "")
	list := p.List(t.Context(), columns)
	for _, row := range rows {
		if err := list.Add(row, nil, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	want := append([][]string{{"id", "phone", "e_mail"}}, rows...)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %q, %v, want %q", got, err, want)
	}
}

func FuzzTSVKeepsItsShape(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("\t\n", "\r\n\v\f\u0085\u2028", "\x1b[2J\u202e")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		p, out := newPrinter(t, TSV, "")
		if err := p.List(t.Context(), columns).Add([]string{a, b, c}, nil, ""); err != nil {
			t.Fatal(err)
		}
		line, found := strings.CutSuffix(out.String(), "\n")
		if cells := strings.Split(line, "\t"); !found || len(cells) != 3 {
			t.Errorf("printed %q: %d cells, want 3", out, len(cells))
		}
		if strings.ContainsFunc(strings.ReplaceAll(line, "\t", ""), term.IsControl) {
			t.Errorf("printed %q, which can drive a terminal", out)
		}
	})
}
