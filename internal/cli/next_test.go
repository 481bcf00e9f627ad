package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A next step with a command contains only the command, so that it can be pasted. An explanation is a note before it.
func TestNextStepsCanBePasted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/script/messages-*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			step, ok := strings.CutPrefix(strings.TrimSpace(line), "next: ")
			if !ok {
				continue
			}
			steps++
			_, rest, command := strings.Cut(step, "usher ")
			switch {
			case !command:
			case !strings.HasPrefix(step, "usher "), strings.Contains(rest, ": "), strings.Contains(rest, ", "), strings.Contains(rest, "; "):
				t.Errorf("%s: there is more than a command in %q", filepath.Base(file), step)
			}
		}
	}
	if steps < 100 {
		t.Errorf("found %d steps, fewer than there must be", steps)
	}
}
