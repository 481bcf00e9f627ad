//go:build unix

package cli

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// On a terminal the descriptions of flags are wrapped between words. A command to copy is not wrapped by usher.
func TestHelpFitsTheTerminal(t *testing.T) {
	const told = 80
	term := startTold(t, "", told, nil, nil, "users", "import", "--help")
	term.exits(0)
	_, flags, found := strings.Cut(term.Raw(), "Flags\x1b[0m")
	if !found {
		t.Fatalf("no flags: %q", term.Raw())
	}
	lines := 0
	for line := range strings.Lines(flags) {
		lines++
		if line = strings.TrimRight(line, "\r\n"); strings.HasPrefix(line, " ") && utf8.RuneCountInString(line) > told {
			t.Errorf("%q is wider than the terminal, which is %d wide", line, told)
		}
	}
	if lines < 40 {
		t.Errorf("%d lines of flags:\n%s", lines, flags)
	}
}
