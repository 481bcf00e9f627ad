//go:build unix

package shell

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A shell parses every quoted word to the original word.
func TestQuote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[ -~\n\té…]{0,12}`), 1, 40).Draw(t, "words")
		command := "printf '%s\\0'"
		for _, word := range words {
			command += " " + Quote(word)
		}
		got, err := exec.Command("sh", "-c", command).Output()
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(words, "\x00") + "\x00"; string(got) != want {
			t.Fatalf("the shell read %q from %s, want %q", got, command, want)
		}
	})
}

func TestQuoteOnlyIfNeeded(t *testing.T) {
	for word, want := range map[string]string{
		"": "''", "plain-1.0_@%+=:,/": "plain-1.0_@%+=:,/", "two words": "'two words'", "it's": `'it'\''s'`,
		"$HOME": "'$HOME'", "a;b": "'a;b'", "*": "'*'", "é": "'é'", "~": "'~'", "a\nb": "'a\nb'",
	} {
		if got := Quote(word); got != want {
			t.Errorf("%q is quoted as %s, want %s", word, got, want)
		}
	}
}
