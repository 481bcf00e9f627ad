package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A next step with a command contains only the command, so that it can be pasted, and the command line is valid. An
// explanation is a note before it. A step that adds flags to the command is the command with these flags.
func TestNextStepsCanBePasted(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("testdata/script/messages-*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	steps, commands := 0, 0
	check := func(where, step string) {
		steps++
		before, rest, command := strings.Cut(step, "usher ")
		switch {
		case strings.HasPrefix(step, "add -"):
			t.Errorf("%s: %q is no command", where, step)
		case !command:
		case before != "", strings.Contains(rest, ": "), strings.Contains(rest, ", "), strings.Contains(rest, "; "):
			t.Errorf("%s: there is more than a command in %q", where, step)
		default:
			for _, words := range usherCommands(t, where, placeholders().Replace(step)) {
				commands++
				if err := parse(words, "sandbox-sulu"); err != nil {
					t.Errorf("%s: %q: %v", where, step, err)
				}
			}
		}
	}
	for _, page := range append(pages, documents(t)...) {
		read := func(page string) string { return readDocument(t, page) }
		if strings.HasSuffix(page, ".txtar") {
			read = func(page string) string {
				text, err := os.ReadFile(page)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
		}
		for line := range strings.Lines(strings.ReplaceAll(read(page), "\\\n", "")) {
			if step, ok := strings.CutPrefix(strings.TrimSpace(line), "next: "); ok {
				check(filepath.Base(page), step)
			}
		}
	}
	if steps < 100 || commands < 100 {
		t.Errorf("found %d steps and %d commands, fewer than there must be", steps, commands)
	}
}

// placeholders replaces what the user replaces in a command by a value of its type.
func placeholders() *strings.Replacer {
	var pairs []string
	for _, name := range []string{"environment", "tenant", "named", "NAME"} { // profiles of the scripts
		pairs = append(pairs, "-p "+name, "-p sandbox-scim", "--profile="+name, "--profile=sandbox-scim")
	}
	return strings.NewReplacer(append(pairs, "--provider NAME", "--provider scim", "--line N", "--line 1", " < FILE", "")...)
}

// A secret that was typed although arguments are not for secrets is not repeated by a next step.
func TestNextStepsRepeatNoSecret(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	t.Setenv("USHER_STATE_DIR", filepath.Join(dir, "state"))
	if err := os.WriteFile("people.csv", []byte("email,bogus\na@example.com,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"users", "create", "--password", "canary-47", "--first-name", "Ada"},
		{"users", "create", "--field", "password=canary-47"},
		{"users", "import", "people.csv", "--set", "password=canary-47"},
		{"users", "create", "-p", "sandbox-ejento", "--field", "password=canary-47", "--credentials", "x.csv"},
		{"users", "create", "-p", "sandbox-ejento", "--field=Password=canary-47", "--count", "2"},
		{"users", "import", "people.csv", "-p", "sandbox-ejento", "--set=password=canary-47", "--credentials", "x.csv"},
		{"users", "import", "people.csv", "-p", "sandbox-ejento", "--set=password=canary-47"}, // and an unknown column
	} {
		got := onTerminalOf(80, args...)
		if got.status != 2 || !strings.Contains(got.stderr, "next:") || strings.Contains(got.stderr+got.stdout, "canary") {
			t.Errorf("%q: status %d\n%s", args, got.status, got.stderr)
		}
	}
}
