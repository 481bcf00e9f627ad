//go:build unix

package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

// terminal is the real program on a pseudo-terminal, with a new home directory.
type terminal struct {
	*termtest.Terminal
	t       *testing.T
	home    string
	program *exec.Cmd
}

// start starts the program with all three streams on a wide terminal, a new home directory, and these variables.
// change can change the command before it starts; it may be nil.
func start(t *testing.T, variables []string, change func(*exec.Cmd), args ...string) *terminal {
	t.Helper()
	return startTold(t, "", wide, variables, change, args...)
}

// wide is a width at which no command is wrapped.
const wide = 400

// startTold is start on a terminal on which these keys were typed before, and that reports another width.
func startTold(t *testing.T, typed string, told int, variables []string, change func(*exec.Cmd), args ...string) *terminal {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, home: t.TempDir(), program: exec.Command(path, args...)}
	term.program.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + term.home, "TERM=xterm-256color"}, variables...)
	if change != nil {
		change(term.program)
	}
	term.Terminal = termtest.StartTold(t, term.program, typed, told, 40, wide, 40)
	return term
}

// isAt waits until a form is at this field.
func (term *terminal) isAt(title string) {
	term.t.Helper()
	term.Sees("┃ " + title)
}

// exits waits for the end of the program, which must have this status and restore the terminal.
func (term *terminal) exits(status int) {
	term.t.Helper()
	got := 0
	if exit, failed := errors.AsType[*exec.ExitError](term.Exit()); failed {
		got = exit.ExitCode()
	}
	if got != status {
		term.t.Errorf("exit status %d, want %d:\n%s", got, status, term.View())
	}
}

// config returns the text of the configuration file, "" for none.
func (term *terminal) config() string {
	text, err := os.ReadFile(filepath.Join(term.home, ".config", "usher", "config.yaml"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		term.t.Fatal(err)
	}
	return string(text)
}
