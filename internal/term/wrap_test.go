package term

import (
	"slices"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"one two three", 0, []string{"one two three"}},
		{"one two three", 13, []string{"one two three"}},
		{"one two three", 7, []string{"one two", "three"}},
		{"re-run --no-color now", 9, []string{"re-run", "--no-color"[:9], "r now"}},
		{"", 5, []string{""}},
		{"日本語 テキスト", 8, []string{"日本語", "テキスト"}},
		{"\x1b[31mred words\x1b[0m", 5, []string{"\x1b[31mred", "words\x1b[0m"}},
	} {
		if got := Wrap(test.text, test.width); !slices.Equal(got, test.want) {
			t.Errorf("%q at %d: got %q, want %q", test.text, test.width, got, test.want)
		}
	}
	if got, want := Hang("note: ", "one two three", 13), []string{"note: one two", "      three"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two three", 7)
	f.Add("日本語 \x1b[1mテ\x1b[0m", 3)
	f.Fuzz(func(t *testing.T, text string, width int) {
		text = strings.Join(strings.Fields(SanitizeLine(text)), " ")
		width = 2 + max(0, width%200)
		lines := Wrap(text, width)
		for _, line := range lines {
			if TextWidth(line) > width {
				t.Errorf("%q is wider than %d", line, width)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Errorf("got %q of %q", got, text)
		}
	})
}
