//go:build unix

package earlyinit_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	_ "github.com/charmbracelet/bubbletea" // whose init function would ask
	"github.com/charmbracelet/lipgloss"
	"github.com/creack/pty"

	_ "github.com/bring-aboard/usher/internal/earlyinit"
)

// childVariable makes the test binary play a program that contains both: with
// "start" it only starts, with "ask" it asks the terminal for its background.
const childVariable = "TEST_USHER_EARLYINIT"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "start":
	case "ask":
		fmt.Println("dark:", lipgloss.NewRenderer(os.Stdout).HasDarkBackground())
	default:
		os.Exit(m.Run())
	}
}

const (
	askBackground = "\x1b]11;?"
	askCursor     = "\x1b[6n"
)

func TestNothingIsAskedAtStart(t *testing.T) {
	terminal := play(t, "start", "GODEBUG=inittrace=1")
	written := terminal.untilEnd()
	if strings.Contains(written, "\x1b") {
		t.Errorf("the terminal got control sequences:\n%q", written)
	}
	const ours, theirs = "init github.com/bring-aboard/usher/internal/earlyinit ", "init github.com/charmbracelet/bubbletea "
	first, second := strings.Index(written, ours), strings.Index(written, theirs)
	if first < 0 || second < 0 || first > second {
		t.Errorf("earlyinit is not initialised before bubbletea:\n%s", written)
	}
}

// The test above would pass on a terminal that nobody asks. This one is asked.
func TestTerminalHearsQueries(t *testing.T) {
	terminal := play(t, "ask")
	written := terminal.until(askCursor)
	if !strings.Contains(written, askBackground) {
		t.Errorf("the terminal got %q", written)
	}
	if _, err := terminal.person.WriteString("\x1b]11;rgb:ffff/ffff/ffff\x1b\\" + "\x1b[1;1R"); err != nil {
		t.Fatal(err)
	}
	if written := terminal.untilEnd(); !strings.Contains(written, "dark: false") {
		t.Errorf("the program did not take the answer: %q", written)
	}
}

// terminal is a pseudo-terminal with the program on it. It answers nothing.
type terminal struct {
	t           *testing.T
	person, tty *os.File
	program     *exec.Cmd
}

func play(t *testing.T, part string, env ...string) *terminal {
	t.Helper()
	person, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := exec.Command(self)
	program.Env = append([]string{
		"TERM=xterm-256color",
		"GORACE=atexit_sleep_ms=0",  // the detector holds up each program's end for a second
		"GOCOVERDIR=" + t.TempDir(), // without it, a binary built for coverage writes a warning
		childVariable + "=" + part,
	}, env...)
	program.Stdin, program.Stdout, program.Stderr = tty, tty, tty
	program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // in the foreground: others do not ask
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill()
		person.Close()
		tty.Close()
	})
	return &terminal{t, person, tty, program}
}

// until reads what the program writes up to this text.
func (term *terminal) until(text string) string {
	term.t.Helper()
	var written strings.Builder
	chunk := make([]byte, 1024)
	for !strings.Contains(written.String(), text) {
		n, err := term.person.Read(chunk)
		if err != nil {
			term.t.Fatalf("the terminal got %q, then %v", written.String(), err)
		}
		written.Write(chunk[:n])
	}
	return written.String()
}

// untilEnd reads what the program writes to its end.
func (term *terminal) untilEnd() string {
	term.t.Helper()
	const end = "<end of the program>"
	ended := make(chan error, 1)
	go func() {
		ended <- term.program.Wait()
		term.tty.WriteString(end)
	}()
	written := term.until(end)
	if err := <-ended; err != nil {
		term.t.Errorf("the program ended with %v and wrote %q", err, written)
	}
	return strings.TrimSuffix(written, end)
}
