package render

import (
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/term"
)

// Sequences of emoji, whose width terminals and libraries measure in different ways, are not cut.
func TestWrappedColumnsKeepSequences(t *testing.T) {
	const family, flag = "\U0001F469\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466", "\U0001F1E8\U0001F1ED"
	text := strings.Repeat(family+" "+flag+" ", 6) + "end"
	for _, width := range []int{12, 16, 20, 40} {
		out := printTable(t, []Column{{Name: "name", Wrap: true}}, [][]string{{text}}, atTerminal(width)...).String()
		if strings.Contains(out, "…") || strings.Count(out, family) != 6 || strings.Count(out, flag) != 6 {
			t.Errorf("at %d: %s", width, out)
		}
	}
}

// What was asked for is wrapped and not truncated, at every width.
func TestWrappedColumnsAreComplete(t *testing.T) {
	row := []string{"usr_i6e2b7aorklrn4nuq4qd7g6yi6", "ada.lovelace@example.com", "Ada Augusta King, Countess of Lovelace", "deactivated"}
	var columns []Column
	for _, name := range []string{"id", "email", "name", "state"} {
		columns = append(columns, Column{Name: name, Wrap: true})
	}
	for _, width := range []int{60, 80, 120} {
		var text strings.Builder
		sink := newTableSink(&output{to: &text, terminal: true}, columns, width)
		if err := sink.add(row, nil, ""); err != nil {
			t.Fatal(err)
		}
		if err := sink.close(); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
		for _, line := range lines {
			if term.TextWidth(line) > width || strings.Contains(line, "…") {
				t.Errorf("at %d: %q", width, line)
			}
		}
		letters := func(text string) int { return len(strings.Join(strings.Fields(text), "")) }
		if got, want := letters(strings.Join(lines[1:], " ")), letters(strings.Join(row, " ")); got != want {
			t.Errorf("at %d: %d of %d characters:\n%s", width, got, want, text.String())
		}
		for _, word := range strings.Fields(strings.Join(row[2:], " ")) { // only the widest words are broken
			if !strings.Contains(text.String(), word) {
				t.Errorf("at %d: %q is broken:\n%s", width, word, text.String())
			}
		}
	}
}
