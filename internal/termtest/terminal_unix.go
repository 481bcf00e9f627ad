//go:build unix

package termtest

import (
	"bytes"
	"os"
	"os/exec"
	"reflect"
	"slices"
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
	Enter     = "\r"
	Down      = "\x1b[B"
	Escape    = "\x1b"
	Interrupt = "\x03"
	ClearLine = "\x15"
)

// Terminal is a program on a pseudo-terminal.
type Terminal struct {
	t       testing.TB
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

// Start starts the program on a terminal of this size. Streams that the command
// does not set are the terminal. The program is killed at the end of the test.
func Start(t testing.TB, program *exec.Cmd, columns, rows int) *Terminal {
	t.Helper()
	return StartTold(t, program, "", columns, rows, columns, rows)
}

// StartTold is [Start] for a terminal on which these keys are typed before the
// program starts, and that tells the program another size than its own, so that a
// line which is too long is seen as such; or none at all.
func StartTold(t testing.TB, program *exec.Cmd, typed string, toldColumns, toldRows, columns, rows int) *Terminal {
	t.Helper()
	person, tty, err := pty.Open()
	check(t, err)
	check(t, pty.Setsize(person, &pty.Winsize{Cols: uint16(toldColumns), Rows: uint16(toldRows)}))
	found, err := xterm.GetState(int(tty.Fd()))
	check(t, err)
	term := &Terminal{
		t: t, person: person, tty: tty, found: found, program: program,
		screen: vt10x.New(vt10x.WithSize(max(columns, 1), max(rows, 1))), ended: make(chan error, 1), changed: make(chan struct{}, 1),
	}
	if program.Stdin == nil {
		program.Stdin = tty
	}
	if program.Stdout == nil {
		program.Stdout = tty
	}
	if program.Stderr == nil {
		program.Stderr = tty
	}
	controlling := 0 // the stream that is the terminal
	if program.Stdin != tty {
		controlling = 2
	}
	program.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: controlling}
	_, err = person.WriteString(typed)
	check(t, err)
	check(t, program.Start())
	looked := make(chan struct{})
	go func() { defer close(looked); term.look() }()
	go func() { term.ended <- program.Wait() }()
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = person.Close()
		_ = tty.Close()
		select {
		case <-looked:
		case <-time.After(patience): // the last read of a terminal that is gone was seen not to end
		}
	})
	return term
}

// look brings what the program writes to the screen, until the terminal is closed.
func (term *Terminal) look() {
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
func (term *Terminal) show(chunk []byte) {
	term.mu.Lock()
	defer term.mu.Unlock()
	term.written = append(term.written, chunk...)
	text := slices.Concat(term.partial, chunk)
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if utf8.RuneStart(text[len(text)-i]) {
			if !utf8.FullRune(text[len(text)-i:]) {
				whole = len(text) - i
			}
			break
		}
	}
	_, _ = term.screen.Write(text[:whole]) // it never fails
	term.partial = bytes.Clone(text[whole:])
}

// View gives the screen without white space at the ends of lines and of the screen.
func (term *Terminal) View() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	lines := strings.Split(term.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Screen gives the characters of the screen with their colours.
func (term *Terminal) Screen() (cells [][]vt10x.Glyph) {
	term.mu.Lock()
	defer term.mu.Unlock()
	columns, rows := term.screen.Size()
	for y := range rows {
		line := make([]vt10x.Glyph, columns)
		for x := range columns {
			line[x] = term.screen.Cell(x, y)
		}
		cells = append(cells, line)
	}
	return cells
}

// Raw gives every byte that the program wrote to the terminal.
func (term *Terminal) Raw() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return strings.ReplaceAll(string(term.written), endMark, "")
}

// Until waits until the screen is as it should be.
func (term *Terminal) Until(what string, holds func(view string) bool) {
	term.t.Helper()
	deadline := time.After(patience)
	for {
		if holds(term.View()) {
			return
		}
		select {
		case <-term.changed:
		case err := <-term.ended:
			term.ended <- err
			term.drain()
			if holds(term.View()) {
				return
			}
			term.t.Fatalf("the program ended (%v) and the screen does not show %s:\n%s", err, what, term.View())
		case <-deadline:
			term.t.Fatalf("the screen does not show %s:\n%s", what, term.View())
		}
	}
}

// Sees waits until the screen shows all of the texts.
func (term *Terminal) Sees(texts ...string) {
	term.t.Helper()
	for _, text := range texts {
		term.Until(text, func(view string) bool { return strings.Contains(view, text) })
	}
}

// Lacks fails where the terminal has ever been sent one of the texts.
func (term *Terminal) Lacks(texts ...string) {
	term.t.Helper()
	for _, text := range texts {
		if strings.Contains(term.Raw(), text) {
			term.t.Errorf("the terminal has seen %q:\n%q", text, term.Raw())
		}
	}
}

// SendsNoQuery fails where the terminal was asked something: one that does not
// answer would hold the program up.
func (term *Terminal) SendsNoQuery() {
	term.t.Helper()
	term.Lacks("\x1b]10;?", "\x1b]11;?", "\x1b[6n", "\x1b[c", "\x1b[0c", "\x1b[>c", "\x1b[>q", "\x1b[?u", "$p", "\x1bP+q")
}

// Types sends keys as the person's.
func (term *Terminal) Types(keys ...string) {
	term.t.Helper()
	for _, key := range keys {
		_, err := term.person.WriteString(key)
		check(term.t, err)
	}
}

// Signal sends the program a signal.
func (term *Terminal) Signal(signal os.Signal) {
	term.t.Helper()
	check(term.t, term.program.Process.Signal(signal))
}

// Resize changes the size of the terminal and tells the program.
func (term *Terminal) Resize(columns, rows int) {
	term.t.Helper()
	term.mu.Lock()
	defer term.mu.Unlock()
	term.screen.Resize(columns, rows)
	check(term.t, pty.Setsize(term.person, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}))
}

// HangUp closes the terminal, as a person who goes away does, and gives what
// came of the program as [Terminal.Exit] does.
func (term *Terminal) HangUp() error {
	term.t.Helper()
	_ = term.person.Close()
	select {
	case err := <-term.ended:
		term.ended <- err
		return err
	case <-time.After(patience):
		term.t.Fatal("the program waits for a terminal that is gone")
		return nil
	}
}

// endMark follows the program's last byte: a window title, which is not seen.
const endMark = "\x1b]2;end\a"

// drain waits until all that the ended program wrote is on the screen.
func (term *Terminal) drain() {
	term.t.Helper()
	_, err := term.tty.WriteString(endMark)
	check(term.t, err)
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

// Exit waits for the end of the program, whose terminal must then be as it was
// found. It gives what [exec.Cmd] Wait gives.
func (term *Terminal) Exit() error {
	term.t.Helper()
	select {
	case err := <-term.ended:
		term.ended <- err
		term.drain()
		term.isRestored()
		return err
	case <-time.After(patience):
		term.t.Fatalf("the program does not end:\n%s", term.View())
		return nil
	}
}

func (term *Terminal) isRestored() {
	term.t.Helper()
	now, err := xterm.GetState(int(term.tty.Fd()))
	check(term.t, err)
	if !reflect.DeepEqual(now, term.found) {
		term.t.Errorf("the terminal's settings are %+v, and were %+v", now, term.found)
	}
	for on, off := range map[string]string{"\x1b[?25l": "\x1b[?25h", "\x1b[?2004h": "\x1b[?2004l"} {
		if raw := term.Raw(); strings.LastIndex(raw, on) > strings.LastIndex(raw, off) {
			term.t.Errorf("%q is never undone", on)
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
