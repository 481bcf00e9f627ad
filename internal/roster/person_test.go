package roster

import (
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestNumberedText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		before, after string
		number, most  int
		want          string
	}{
		{"ada", "", 1, 0, "ada"}, {"ada", "@x", 2, 0, "ada2@x"}, {"ada", "@x", 10, 6, "ad10@x"}, {"ada", "@x", 1, 4, "ad@x"}, {"édith", "", 2, 4, "édi2"}, {"", "@x", 3, 1, "3@x"},
	} {
		if got := (Numbered{Before: c.before, After: c.after}).Text(c.number, c.most); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

// TestNumbersDiffer holds for every text and limit: no two numbers of one text give the same value, and a value is within
// the limit unless the number and what follows it are longer.
func TestNumbersDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := Numbered{Before: rapid.StringMatching(`[a-zé.]{0,12}`).Draw(t, "before"), After: rapid.StringMatching(`(@[a-z]{1,4})?`).Draw(t, "after")}
		most := rapid.IntRange(0, 20).Draw(t, "most")
		a, b := rapid.IntRange(1, 9999).Draw(t, "a"), rapid.IntRange(1, 9999).Draw(t, "b")
		text := value.Text(a, most)
		if a != b && text == value.Text(b, most) {
			t.Fatalf("%d and %d give %q", a, b, text)
		}
		if most >= 4+utf8.RuneCountInString(value.After) && utf8.RuneCountInString(text) > most {
			t.Fatalf("%q is too long", text)
		}
	})
}
