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
const patience = 20 * time.Second

// The keys as a terminal sends them.
const (
	enter     = "\r"
	tab       = "\t"
	backTab   = "\x1b[Z"
	up        = "\x1b[A"
	down      = "\x1b[B"
	escape    = "\x1b"
	interrupt = "\x03"
	endOfFile = "\x04"
	clearLine = "\x15"
)

// pasted is a text as a terminal sends it from the clipboard.
func pasted(text string) string { return "\x1b[200~" + text + "\x1b[201~" }

// terminal is a scenario on a pseudo-terminal, as a person sees it. It answers
// no query of the program's.
type terminal struct {
	t       *testing.T
	person  *os.File // where the person types and looks
	tty     *os.File // the program's side
	program *exec.Cmd
	found   *xterm.State
	stdout  bytes.Buffer
	ended   chan error

	mu      sync.Mutex
	screen  vt10x.Terminal
	written []byte
	partial []byte
	changed chan struct{}
}

// size is a terminal's in columns and rows.
type size struct{ columns, rows int }

// start plays a scenario on a terminal of this size, with standard output
// apart. Further environment variables win over the usual ones.
func start(t *testing.T, scenario string, s size, env ...string) *terminal {
	t.Helper()
	term := prepare(t, scenario, s, env...)
	term.program.Stdout = &term.stdout
	term.run()
	return term
}

// prepare opens the terminal for a scenario, all of whose streams are there.
func prepare(t *testing.T, scenario string, s size, env ...string) *terminal {
	t.Helper()
	person, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(person, &pty.Winsize{Cols: uint16(s.columns), Rows: uint16(s.rows)}); err != nil {
		t.Fatal(err)
	}
	found, err := xterm.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{
		t: t, person: person, tty: tty, found: found,
		screen:  vt10x.New(vt10x.WithSize(max(s.columns, 1), max(s.rows, 1))),
		ended:   make(chan error, 1),
		changed: make(chan struct{}, 1),
	}
	term.program = exec.Command(self)
	term.program.Env = append([]string{
		"TERM=xterm-256color",
		"GORACE=atexit_sleep_ms=0",  // the detector holds up each program's end for a second
		"GOCOVERDIR=" + t.TempDir(), // without it, a binary built for coverage writes a warning
		scenarioVariable + "=" + scenario,
	}, env...)
	term.program.Stdin, term.program.Stdout, term.program.Stderr = tty, tty, tty
	term.program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return term
}

// run starts the program, and kills it at the end of the test.
func (term *terminal) run() {
	term.t.Helper()
	if err := term.program.Start(); err != nil {
		term.t.Fatal(err)
	}
	looked := make(chan struct{})
	go func() { defer close(looked); term.look() }()
	go func() { term.ended <- term.program.Wait() }()
	term.t.Cleanup(func() {
		_ = term.program.Process.Kill()
		term.person.Close()
		term.tty.Close()
		<-looked
	})
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

// until waits until the screen is as it should be.
func (term *terminal) until(what string, holds func(view string) bool) {
	term.t.Helper()
	deadline := time.After(patience)
	for {
		if holds(term.view()) {
			return
		}
		select {
		case <-term.changed:
		case err := <-term.ended:
			term.ended <- err
			term.drain()
			if holds(term.view()) {
				return
			}
			term.t.Fatalf("the program ended (%v) and the screen does not show %s:\n%s\nstdout: %s", err, what, term.view(), term.stdout.String())
		case <-deadline:
			term.t.Fatalf("the screen does not show %s:\n%s", what, term.view())
		}
	}
}

// sees waits until the screen shows all of the texts.
func (term *terminal) sees(texts ...string) {
	term.t.Helper()
	for _, text := range texts {
		term.until(text, func(view string) bool { return strings.Contains(view, text) })
	}
}

// isAt waits until the person is at this line of the drawing.
func (term *terminal) isAt(title string) {
	term.t.Helper()
	term.sees("┃ " + title)
}

// looksLike waits until the whole screen is this one.
func (term *terminal) looksLike(want string) {
	term.t.Helper()
	want = strings.Trim(want, "\n")
	term.until("exactly\n"+want+"\n", func(view string) bool { return view == want })
}

func (term *terminal) lacks(text string) {
	term.t.Helper()
	if strings.Contains(term.raw(), text) {
		term.t.Errorf("the terminal has seen %q:\n%q", text, term.raw())
	}
}

func (term *terminal) types(keys ...string) {
	term.t.Helper()
	for _, key := range keys {
		if _, err := term.person.WriteString(key); err != nil {
			term.t.Fatal(err)
		}
	}
}

func (term *terminal) signal(s os.Signal) {
	term.t.Helper()
	if err := term.program.Process.Signal(s); err != nil {
		term.t.Fatal(err)
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
		all := bytes.HasSuffix(term.written, []byte(endMark))
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

// exit waits for the end of the program, whose terminal must then be as it was found.
func (term *terminal) exit() error {
	term.t.Helper()
	select {
	case err := <-term.ended:
		term.ended <- err
		term.drain()
		term.isRestored()
		return err
	case <-time.After(patience):
		term.t.Fatalf("the program does not end:\n%s", term.view())
		return nil
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
	const cursorOff, cursorOn = "\x1b[?25l", "\x1b[?25h"
	if raw := term.raw(); strings.LastIndex(raw, cursorOff) > strings.LastIndex(raw, cursorOn) {
		term.t.Error("the cursor is left hidden")
	}
	const pasteOn, pasteOff = "\x1b[?2004h", "\x1b[?2004l"
	if raw := term.raw(); strings.LastIndex(raw, pasteOn) > strings.LastIndex(raw, pasteOff) {
		term.t.Error("bracketed paste is left on")
	}
}

// gives waits for the end of the program and gives the outcome of the scenario.
func (term *terminal) gives() outcome {
	term.t.Helper()
	if err := term.exit(); err != nil {
		term.t.Fatalf("the program ended with %v:\n%s", err, term.view())
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

// exitCode gives the exit status behind an error of a program's end.
func exitCode(err error) int {
	var status *exec.ExitError
	if errors.As(err, &status) {
		return status.ExitCode()
	}
	return 0
}

// resize changes the size of the terminal and tells the program.
func resize(t *testing.T, term *terminal, s size) {
	t.Helper()
	term.mu.Lock()
	defer term.mu.Unlock()
	term.screen.Resize(s.columns, s.rows)
	if err := pty.Setsize(term.person, &pty.Winsize{Cols: uint16(s.columns), Rows: uint16(s.rows)}); err != nil {
		t.Fatal(err)
	}
}
