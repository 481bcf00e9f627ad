package shell_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/shell"
)

func texts(words []shell.Word) []string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = word.Text
	}
	return list
}

func TestWords(t *testing.T) {
	for command, want := range map[string][]string{
		"":                          {},
		"curl  -X\tPOST":            {"curl", "-X", "POST"},
		"curl \\\n  -s \\\r\n  url": {"curl", "-s", "url"},
		"one\\\ntwo three":          {"onetwo", "three"},
		`'a "b" \n' "c 'd' \" \n"`:  {`a "b" \n`, `c 'd' " \n`},
		`a'b'"c"\ d ''`:             {"abc d", ""},
		`$'it\'s \u00e9\n' $'\xc3'`: {"it's é\n", "\xc3"},
		`"$TOKEN" <token> {id}`:     {"$TOKEN", "<token>", "{id}"},
		"curl a | jq .":             {"curl", "a"},
		"curl a; curl b":            {"curl", "a"},
		"curl 'a\nb'\ncurl c":       {"curl", "a\nb"},
	} {
		words, err := shell.Words(command)
		if got := texts(words); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", command, got, err, want)
		}
	}
}

func TestWordsHavePlaces(t *testing.T) {
	words, err := shell.Words("curl 'a\nb' \\\n  -s")
	if err != nil || len(words) != 3 {
		t.Fatalf("got %q, %v", texts(words), err)
	}
	for i, want := range [][2]int{{1, 1}, {1, 6}, {3, 3}} {
		if got := [2]int{words[i].Line, words[i].Column}; got != want {
			t.Errorf("word %d is at %v, want %v", i, got, want)
		}
	}
}

func TestWordsReportPlaces(t *testing.T) {
	for command, want := range map[string][2]int{
		"curl \\\n -H 'x": {2, 5}, `curl "x`: {1, 6}, `curl $'x\'`: {1, 6}, "curl `pwd`": {1, 6}, "curl a$(pwd)": {1, 7},
	} {
		_, err := shell.Words(command)
		failed, ok := errors.AsType[*shell.SyntaxError](err)
		if !ok || [2]int{failed.Line, failed.Column} != want || failed.Problem == "" {
			t.Errorf("%q: got %v, want an error at %v", command, err, want)
		}
	}
}

// FuzzWords searches for a word that is not read back after [shell.Quote], and for a place outside the text.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"", "it's", "a b", "$'\\u00e9'", "a\\\nb", "\\", `"`, "$(x)", "a|b", "\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, "\r\n") { // line breaks of Windows are those of the shell
			words, err := shell.Words("x " + shell.Quote(text))
			if err != nil || len(words) != 2 || words[1].Text != text {
				t.Fatalf("%q is read as %q, %v", text, texts(words), err)
			}
		}
		words, err := shell.Words(text)
		for _, word := range words {
			if word.Line < 1 || word.Column < 1 || word.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%q is at %d:%d", word.Text, word.Line, word.Column)
			}
		}
		if failed, ok := errors.AsType[*shell.SyntaxError](err); err != nil && (!ok || failed.Line < 1 || failed.Column < 1 || failed.Problem == "") {
			t.Fatalf("got %v", err)
		}
	})
}
