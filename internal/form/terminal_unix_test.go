//go:build unix

package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/termtest"
)

// The keys that forms know beside those of [termtest].
const (
	tab       = "\t"
	backTab   = "\x1b[Z"
	up        = "\x1b[A"
	endOfFile = "\x04"
)

// pasted is a text as a terminal sends it from the clipboard.
func pasted(text string) string { return "\x1b[200~" + text + "\x1b[201~" }

// terminal is a scenario on a pseudo-terminal.
type terminal struct {
	*termtest.Terminal
	t      *testing.T
	stdout bytes.Buffer
}

// size is a terminal's in columns and rows.
type size struct{ columns, rows int }

// start plays a scenario on a terminal of this size, with standard output
// apart. Further environment variables win over the usual ones.
func start(t *testing.T, scenario string, s size, env ...string) *terminal {
	t.Helper()
	term := &terminal{t: t}
	program := play(t, scenario, env...)
	program.Stdout = &term.stdout
	screen := s
	if s == (size{}) {
		screen = usual // a terminal without a size has one anyway
	}
	term.Terminal = termtest.StartTold(t, program, "", s.columns, s.rows, screen.columns, screen.rows)
	return term
}

// play is the program of a scenario.
func play(t *testing.T, scenario string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(self)
	program.Env = append([]string{
		"TERM=xterm-256color",
		"GORACE=atexit_sleep_ms=0",  // the detector holds up each program's end for a second
		"GOCOVERDIR=" + t.TempDir(), // without it, a binary built for coverage writes a warning
		scenarioVariable + "=" + scenario,
	}, env...)
	return program
}

// isAt waits until the person is at this line of the drawing.
func (term *terminal) isAt(title string) {
	term.t.Helper()
	term.Sees("┃ " + title)
}

// looksLike waits until the whole screen is this one.
func (term *terminal) looksLike(want string) {
	term.t.Helper()
	want = strings.Trim(want, "\n")
	term.Until("exactly\n"+want+"\n", func(view string) bool { return view == want })
}

// gives waits for the end of the program and gives the outcome of the scenario.
func (term *terminal) gives() outcome {
	term.t.Helper()
	if err := term.Exit(); err != nil {
		term.t.Fatalf("the program ended with %v:\n%s", err, term.View())
	}
	var got outcome
	if err := json.Unmarshal(term.stdout.Bytes(), &got); err != nil {
		term.t.Fatalf("standard output holds %q: %v", term.stdout.String(), err)
	}
	return got
}

// answers waits for the end of the program, which must give these answers.
func (term *terminal) answers(want map[string]any) {
	term.t.Helper()
	if got := term.gives(); got.Error != "<nil>" || !reflect.DeepEqual(got.Value, any(want)) {
		term.t.Errorf("answers %v, error %s, want %v", got.Value, got.Error, want)
	}
}

// exitCode returns the exit status behind an error of a program's end.
func exitCode(err error) int {
	var status *exec.ExitError
	if errors.As(err, &status) {
		return status.ExitCode()
	}
	return 0
}
