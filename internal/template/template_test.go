package template_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/template"
)

func anyWord(string) error { return nil }

func TestParseRefuses(t *testing.T) {
	unknown := errors.New("unknown")
	refuse := func(string) error { return unknown }
	for text, want := range map[string]error{"{a}": unknown, "a": nil, "": nil} {
		if _, err := template.Parse(text, refuse, anyWord); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := template.Parse("{a|b}", anyWord, refuse); !errors.Is(err, unknown) {
		t.Errorf("a filter: %v", err)
	}
	for _, text := range []string{"{a", "a}", "{a}}", "{}", "{|b}"} {
		if _, err := template.Parse(text, anyWord, anyWord); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestCut(t *testing.T) {
	expand := func(part template.Template) string {
		text, _ := part.Expand(func(name string) (string, error) { return "<" + name + ">", nil }, func(_, text string) (string, error) { return text, nil })
		return text
	}
	for text, want := range map[string]string{"a{n}b": "a true b", "{a}.{b}{n}": "<a>.<b> true ", "{n}": " true ", "a{b}": "a<b> false ", "": " false "} {
		parsed, _ := template.Parse(text, anyWord, anyWord)
		before, after, found, err := parsed.Cut("n")
		if got := fmt.Sprintf("%s %t %s", expand(before), found, expand(after)); err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"{n}{n}", "{n|lower}"} {
		parsed, _ := template.Parse(text, anyWord, anyWord)
		if _, _, _, err := parsed.Cut("n"); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

// FuzzParse holds that a template is its text: its parts, written again, are what was read, and every value is expanded
// once.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "a", "{a}", "{a|b|c}.{d}", "{", "}", "{}", "{|}", "é{é|é}é", "{{a}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := template.Parse(text, anyWord, anyWord)
		if err != nil {
			return
		}
		var again strings.Builder
		for _, part := range parsed.Parts() {
			if part.Literal != "" {
				again.WriteString(part.Literal)
				continue
			}
			again.WriteString("{" + strings.Join(append([]string{part.Name}, part.Filters...), "|") + "}")
		}
		if again.String() != text || parsed.String() != text {
			t.Fatalf("%q is read as %q", text, again.String())
		}
		values, filters := 0, 0
		if _, err := parsed.Expand(func(string) (string, error) { values++; return "v", nil }, func(_, text string) (string, error) { filters++; return text, nil }); err != nil {
			t.Fatal(err)
		}
		if values != len(parsed.Names()) {
			t.Fatalf("%q: %d values of %d", text, values, len(parsed.Names()))
		}
	})
}
