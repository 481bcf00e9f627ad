package shell_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/shell"
)

// A continued command is the same command: a shell reads the same words.
func TestContinued(t *testing.T) {
	width := func(text string) int { return len(text) }
	command := `usher users import '/home/ada/new people.csv' --profile=acme --map 'Full name=displayName' --failed=new.failed.csv < FILE`
	want, err := shell.Words(command)
	if err != nil {
		t.Fatal(err)
	}
	for _, columns := range []int{20, 54, 74, 114, 200} {
		lines := shell.Continued(command, columns, width)
		for i, line := range lines {
			if strings.HasSuffix(line, ` \`) != (i < len(lines)-1) {
				t.Errorf("at %d: %q", columns, lines)
			}
			if columns > 40 && width(line) > columns {
				t.Errorf("at %d: %q is wider", columns, line)
			}
		}
		got, err := shell.Words(strings.ReplaceAll(strings.Join(lines, "\n"), " \\\n", " "))
		if err != nil || !slices.Equal(texts(got), texts(want)) {
			t.Errorf("at %d: got %q, %v", columns, texts(got), err)
		}
	}
}
