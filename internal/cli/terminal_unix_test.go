//go:build unix

package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	xterm "golang.org/x/term"
)

// patience is how long a test waits for what must come. It is never waited in
// full unless the test fails.
const patience = 30 * time.Second

// The keys as a terminal sends them.
const (
	enter     = "\r"
	down      = "\x1b[B"
	escape    = "\x1b"
	interrupt = "\x03"
	clearLine = "\x15"
)

// terminal is the real program on a pseudo-terminal, as a person sees it. It
// answers no query of the program's.
type terminal struct {
	t       *testing.T
	home    string
	person  *os.File // where the person types and looks
	tty     *os.File // the program's side
	program *exec.Cmd
	found   *xterm.State
	ended   chan error

	mu      sync.Mutex
	screen  vt10x.Terminal
	written []byte
	partial []byte
	changed chan struct{}
}

// start starts the program with all three streams on a wide terminal, a
// home of its own, and these variables. The function may change the command
// before it starts; it may be nil.
func start(t *testing.T, variables []string, change func(*exec.Cmd), args ...string) *terminal {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	const columns, rows = 400, 40 // so wide that no command is broken into lines
	person, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(person, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	found, err := xterm.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{
		t: t, home: t.TempDir(), person: person, tty: tty, found: found, program: exec.Command(path, args...),
		screen: vt10x.New(vt10x.WithSize(columns, rows)), ended: make(chan error, 1), changed: make(chan struct{}, 1),
	}
	term.program.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + term.home, "TERM=xterm-256color"}, variables...)
	term.program.Stdin, term.program.Stdout, term.program.Stderr = tty, tty, tty
	term.program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if change != nil {
		change(term.program)
	}
	if err := term.program.Start(); err != nil {
		t.Fatal(err)
	}
	looked := make(chan struct{})
	go func() { defer close(looked); term.look() }()
	go func() { term.ended <- term.program.Wait() }()
	t.Cleanup(func() {
		_ = term.program.Process.Kill()
		_ = person.Close()
		_ = tty.Close()
		<-looked
	})
	return term
}

// look brings what the program writes to the screen, until the terminal is closed.
func (term *terminal) look() {
	chunk := make([]byte, 4096)
	for {
		n, err := term.person.Read(chunk)
		if err != nil {
			return
		}
		term.show(chunk[:n])
		select {
		case term.changed <- struct{}{}:
		default:
		}
	}
}

// show draws whole characters only: the screen takes no part of one.
func (term *terminal) show(chunk []byte) {
	term.mu.Lock()
	defer term.mu.Unlock()
	term.written = append(term.written, chunk...)
	text := append(term.partial, chunk...)
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if utf8.RuneStart(text[len(text)-i]) {
			if !utf8.FullRune(text[len(text)-i:]) {
				whole = len(text) - i
			}
			break
		}
	}
	term.screen.Write(text[:whole])
	term.partial = bytes.Clone(text[whole:])
}

// view gives the screen without white space at the ends of lines and of the screen.
func (term *terminal) view() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	lines := strings.Split(term.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// raw gives every byte that the program wrote to the terminal.
func (term *terminal) raw() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return strings.ReplaceAll(string(term.written), endMark, "")
}

// sees waits until the screen shows all of the texts.
func (term *terminal) sees(texts ...string) {
	term.t.Helper()
	deadline := time.After(patience)
	for _, text := range texts {
		for !strings.Contains(term.view(), text) {
			select {
			case <-term.changed:
			case err := <-term.ended:
				term.ended <- err
				term.drain()
				if !strings.Contains(term.view(), text) {
					term.t.Fatalf("the program ended (%v) and the screen does not show %q:\n%s", err, text, term.view())
				}
			case <-deadline:
				term.t.Fatalf("the screen does not show %q:\n%s", text, term.view())
			}
		}
	}
}

// isAt waits until the person is at this field of a form.
func (term *terminal) isAt(title string) {
	term.t.Helper()
	term.sees("┃ " + title)
}

// lacks fails where the terminal has ever been sent the text.
func (term *terminal) lacks(texts ...string) {
	term.t.Helper()
	for _, text := range texts {
		if strings.Contains(term.raw(), text) {
			term.t.Errorf("the terminal has seen %q:\n%q", text, term.raw())
		}
	}
}

// sendsNoQuery fails where the terminal was asked something: one that does not
// answer would hold the program up.
func (term *terminal) sendsNoQuery() {
	term.t.Helper()
	term.lacks("\x1b]10;?", "\x1b]11;?", "\x1b[6n", "\x1b[c", "\x1b[0c", "\x1b[>c", "\x1b[>q", "\x1b[?u", "$p", "\x1bP+q")
}

func (term *terminal) types(keys ...string) {
	term.t.Helper()
	for _, key := range keys {
		if _, err := term.person.WriteString(key); err != nil {
			term.t.Fatal(err)
		}
	}
}

// endMark follows the program's last byte: a window title, which is not seen.
const endMark = "\x1b]2;end\a"

// drain waits until all that the ended program wrote is on the screen.
func (term *terminal) drain() {
	term.t.Helper()
	if _, err := term.tty.WriteString(endMark); err != nil {
		term.t.Fatal(err)
	}
	deadline := time.After(patience)
	for {
		term.mu.Lock()
		all := bytes.Contains(term.written, []byte(endMark))
		term.mu.Unlock()
		if all {
			return
		}
		select {
		case <-term.changed:
		case <-deadline:
			term.t.Fatal("the terminal does not show what the program wrote")
		}
	}
}

// exits waits for the end of the program, which must have this status and
// leave the terminal as it was found.
func (term *terminal) exits(status int) {
	term.t.Helper()
	select {
	case err := <-term.ended:
		term.ended <- err
		term.drain()
		got := 0
		if exit, failed := errors.AsType[*exec.ExitError](err); failed {
			got = exit.ExitCode()
		}
		if got != status {
			term.t.Errorf("exit status %d, want %d:\n%s", got, status, term.view())
		}
		term.isRestored()
	case <-time.After(patience):
		term.t.Fatalf("the program does not end:\n%s", term.view())
	}
}

func (term *terminal) isRestored() {
	term.t.Helper()
	now, err := xterm.GetState(int(term.tty.Fd()))
	if err != nil {
		term.t.Fatal(err)
	}
	if !reflect.DeepEqual(now, term.found) {
		term.t.Errorf("the terminal's settings are %+v, and were %+v", now, term.found)
	}
	for on, off := range map[string]string{"\x1b[?25l": "\x1b[?25h", "\x1b[?2004h": "\x1b[?2004l"} {
		if raw := term.raw(); strings.LastIndex(raw, on) > strings.LastIndex(raw, off) {
			term.t.Errorf("%q is never undone", on)
		}
	}
}

// config gives the text of the configuration file, "" where there is none.
func (term *terminal) config() string {
	text, err := os.ReadFile(filepath.Join(term.home, ".config", "usher", "config.yaml"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		term.t.Fatal(err)
	}
	return string(text)
}
