package template_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bring-aboard/usher/internal/template"
)

func TestWordFilters(t *testing.T) {
	for _, c := range []struct{ filter, text, want string }{
		{"ascii", "Zoë O'Neil", "ZoeONeil"}, {"ascii", "Jean-Luc", "Jean-Luc"}, {"ascii", "Жанна", "Zhanna"}, {"ascii", "Łukasz Öß", "LukaszOss"},
		{"ascii", "Muller\u0308", "Muller"}, {"german", "Jürgen Groß", "Juergen Gross"}, {"initial", "Édith", "É"}, {"initial", "", ""},
		{"lower", "ÉDITH", "édith"}, {"upper", "ada", "ADA"},
	} {
		if got, err := template.ApplyWord(c.filter, c.text); err != nil || got != c.want {
			t.Errorf("%s of %q: %q, %v, want %q", c.filter, c.text, got, err, c.want)
		}
	}
	if template.CheckWordFilter("asci") == nil || template.CheckWordFilter("ascii") != nil {
		t.Error("the known filters are ascii, and not asci")
	}
}

// TestASCII holds for every text: nothing but letters, digits and hyphens is left, and it is left as it is.
func TestASCII(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once, _ := template.ApplyWord("ascii", rapid.String().Draw(t, "text"))
		for _, r := range once {
			if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
				t.Fatalf("%q is left", r)
			}
		}
		if twice, _ := template.ApplyWord("ascii", once); twice != once {
			t.Fatalf("%q becomes %q", once, twice)
		}
	})
}
