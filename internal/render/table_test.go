package render

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/bring-aboard/usher/internal/term"
)

func printTable(t *testing.T, columns []Column, rows [][]string, options ...term.TestOption) *term.Buffer {
	t.Helper()
	p, out := newPrinter(t, Table, "", options...)
	list := p.List(t.Context(), columns)
	for _, row := range rows {
		if err := list.Add(row, nil, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := list.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Columns without a value are omitted if a table is too wide.
func TestTableLeavesEmptyColumnsOut(t *testing.T) {
	columns := []Column{{Name: "id"}, {Name: "e-mail"}, {Name: "first_name"}, {Name: "phone"}}
	rows := [][]string{{"1", "ann.lee@example.com", "", "0301"}, {"2", "", "", ""}}
	for width, want := range map[int]string{
		80: "id  e-mail               first_name  phone\n1   ann.lee@example.com              0301\n2\n",
		32: "id  e-mail               phone\n1   ann.lee@example.com  0301\n2\n",
	} {
		if got := printTable(t, columns, rows, atTerminal(width)...).String(); got != want {
			t.Errorf("width %d: got\n%swant\n%s", width, got, want)
		}
	}
	alone := [][]string{{"", "", "", ""}}
	if got, want := printTable(t, columns, alone, atTerminal(10)...).String(), "id\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTableFitsTheTerminal(t *testing.T) {
	columns := []Column{{Name: "id"}, {Name: "display_name"}, {Name: "e-mail"}}
	rows := [][]string{
		{"1", "Ann Lee", "ann.lee@a-very-long-domain.example.com"},
		{"2", "王小明王小明王小明", "wang@example.com"},
	}
	tests := []struct {
		width int
		whole string
		want  string
	}{
		{80, "", "" +
			"id  display_name        e-mail\n" +
			"1   Ann Lee             ann.lee@a-very-long-domain.example.com\n" +
			"2   王小明王小明王小明  wang@example.com\n"},
		{50, "", "" + // only the widest is truncated
			"id  display_name        e-mail\n" +
			"1   Ann Lee             ann.lee@a-very-long-doma…\n" +
			"2   王小明王小明王小明  wang@example.com\n"},
		{28, "", "" + // half a wide character is never shown
			"id  display_n…   e-mail\n" +
			"1   Ann Lee      ann.lee@a…\n" +
			"2   王小明王…    wang@exam…\n"},
		{28, "display_name", "" +
			"id  display_name  e-mail\n" +
			"1   Ann Lee       ann.lee@…\n" +
			"2   王小明王小明王小明\n" +
			"                  wang@exa…\n"},
		{1, "", "" + // no column is omitted
			"id  di…   e-…\n" +
			"1   An…   an…\n" +
			"2   王…   wa…\n"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.width, tt.whole), func(t *testing.T) {
			marked := append([]Column(nil), columns...)
			for i := range marked {
				marked[i].Whole = marked[i].Name == tt.whole
			}
			compare(t, printTable(t, marked, rows, atTerminal(tt.width)...), tt.want)
		})
	}

	t.Run("a pipe has no width", func(t *testing.T) {
		out := printTable(t, columns, rows, term.WithEnv(map[string]string{"COLUMNS": "10"}))
		compare(t, out, tests[0].want)
	})
}

// A whole value that is much longer than the others does not make their columns unreadable.
func TestLongWholeValues(t *testing.T) {
	columns := []Column{{Name: "key", Whole: true}, {Name: "name", Wrap: true}, {Name: "note"}, {Name: "id", Whole: true}}
	long := strings.Repeat("x", 30) + "@example.com"
	rows := [][]string{{"ann@example.com", "Ann Lee", "a", "1"}, {long, "Bob Beaver, of the lodge", "b", "2"}, {"cy@example.com", "Cy", "c", "3"}}
	for width, want := range map[int]string{
		80: "" +
			"key                                         name                      note  id\n" +
			"ann@example.com                             Ann Lee                   a     1\n" +
			long + "  Bob Beaver, of the lodge  b     2\n" +
			"cy@example.com                              Cy                        c     3\n",
		51: "" +
			"key              name                      note  id\n" +
			"ann@example.com  Ann Lee                   a     1\n" +
			long + "\n" +
			"                 Bob Beaver, of the lodge  b     2\n" +
			"cy@example.com   Cy                        c     3\n",
		40: "" +
			"key              name           note  id\n" +
			"ann@example.com  Ann Lee        a     1\n" +
			long + "\n" +
			"                 Bob Beaver,    b     2\n" +
			"                 of the lodge\n" +
			"cy@example.com   Cy             c     3\n",
	} {
		compare(t, printTable(t, columns, rows, atTerminal(width)...), want)
	}
	rows[1] = []string{long, "", "", ""} // nothing is left for the next line
	compare(t, printTable(t, columns, rows, atTerminal(40)...), ""+
		"key              name     note  id\n"+
		"ann@example.com  Ann Lee  a     1\n"+
		long+"\n"+
		"cy@example.com   Cy       c     3\n")
}

// The limit of the library allots the same width to all columns, so that fit computes the widths. If this fails, the
// library has improved, and fit can be removed.
func TestLibraryLimit(t *testing.T) {
	for limit, want := range map[int]string{
		80: "id  display_name        e-mail\n1   王小明王小明王小明  ann.lee@a-very-l…\n",
		12: "\n1\n",
	} {
		var text bytes.Buffer
		cells := tw.CellConfig{
			Formatting: tw.CellFormatting{AutoWrap: tw.WrapTruncate, AutoFormat: tw.Off}, Alignment: tw.CellAlignment{Global: tw.AlignLeft},
			Padding: tw.CellPadding{Global: tw.Padding{Right: gap, Overwrite: true}},
		}
		table := tablewriter.NewTable(&text, tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone, Symbols: tw.NewSymbols(tw.StyleNone), Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})), tablewriter.WithConfig(tablewriter.Config{Header: cells, Row: cells, MaxWidth: limit, Behavior: tw.Behavior{AutoHide: tw.On}}))
		table.Header([]string{"id", "display_name", "e-mail", "phone"})
		if err := errors.Join(table.Append([]string{"1", "王小明王小明王小明", "ann.lee@a-very-long-domain.example.com", ""}), table.Render()); err != nil {
			t.Fatal(err)
		}
		if got := string(trimLines(text.Bytes())); got != want {
			t.Errorf("with a limit of %d the library prints\n%swant\n%s", limit, got, want)
		}
	}
}

func TestTableKeepsHeadersAndValuesAsTheyAre(t *testing.T) {
	columns := []Column{{Name: "e_mail"}, {Name: "x", Header: "Some Thing"}, {Name: "y", Header: "STATUS"}}
	rows := [][]string{{"  lead", "two  blanks", "100%s"}, {"", "", ""}, {"e\u0301", "🙂", "-"}}
	compare(t, printTable(t, columns, rows, inPipe()...), ""+
		"e_mail  Some Thing   STATUS\n"+
		"  lead  two  blanks  100%s\n"+
		"\n"+
		"e\u0301       🙂           -\n")
}

func TestTableIsNotDrivenByItsData(t *testing.T) {
	columns := []Column{{Name: "name"}, {Name: "note"}}
	rows := [][]string{{"evil\x1b[2J\x07", "a\r\nb\tc"}, {"user\u202etxt", "\u009b31m\xff"}}
	compare(t, printTable(t, columns, rows, atTerminal(80)...), ""+
		"name       note\n"+
		"evil\ufffd[2J\ufffd  a  b c\n"+
		"user\ufffdtxt   \ufffd31m\ufffd\n")
}

func TestTableOfSeveralBlocks(t *testing.T) {
	const rows = 2*blockRows + 10
	values := make([][]string, rows)
	for i := range values {
		values[i] = []string{fmt.Sprintf("%04d", i), "short", "end"}
	}
	values[blockRows+1][1] = "longer value" // in the second block
	columns := []Column{{Name: "id"}, {Name: "value"}, {Name: "last"}}
	lines := strings.Split(strings.TrimSuffix(printTable(t, columns, values, atTerminal(80)...).String(), "\n"), "\n")
	if len(lines) != rows+1 {
		t.Fatalf("%d lines, want %d: a header and the rows", len(lines), rows+1)
	}
	wants := map[int]string{
		0:             "id    value  last",
		1:             "0000  short  end",
		blockRows - 1: "0998  short  end",
		blockRows:     "0999  short         end",
		blockRows + 2: "1001  longer value  end",
		rows:          "2009  short         end", // a later block is never narrower
	}
	for i, want := range wants {
		if lines[i] != want {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
}

func FuzzTableFits(f *testing.F) {
	f.Add("id", "a value", "ann@example.com", uint8(20))
	f.Add("王小明", "👨\u200d👩\u200d👧", "e\u0301e\u0301", uint8(8))
	f.Add("", " ", "\x1b[2J", uint8(0))
	f.Fuzz(func(t *testing.T, a, b, c string, width uint8) {
		limit := max(int(width), 3*minColumn+2*len(gap))
		out := printTable(t, []Column{{Name: "x"}, {Name: "y"}, {Name: "z"}}, [][]string{{a, b, c}}, atTerminal(limit)...)
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 2 {
			t.Fatalf("%d lines for a header and a row: %q", len(lines), out)
		}
		for _, line := range lines {
			if got := twwidth.Width(line); got > limit {
				t.Errorf("%q is %d wide, the terminal %d", line, got, limit)
			}
			if strings.ContainsFunc(line, term.IsControl) {
				t.Errorf("%q holds a control character", line)
			}
		}
	})
}
