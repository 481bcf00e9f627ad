//go:build unix

package term

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	xterm "golang.org/x/term"
)

func noEnv(string) string { return "" }

// openTerminal returns streams on a new pseudo-terminal of 100 columns, and the
// side of it where a person would type and look.
func openTerminal(t *testing.T) (s *Streams, person, tty *os.File) {
	t.Helper()
	person, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close(); tty.Close() })
	if err := pty.Setsize(person, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	return fromFiles(tty, tty, tty, noEnv), person, tty
}

func TestTerminalIsRecognised(t *testing.T) {
	s, _, _ := openTerminal(t)
	if !s.InIsTerminal() || !s.OutIsTerminal() || !s.ErrIsTerminal() || !s.CanPrompt() || !s.OutColor() {
		t.Error("a pseudo-terminal is not taken for a terminal")
	}
	if got := s.Width(); got != 100 {
		t.Errorf("Width() = %d, want 100", got)
	}

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	s = fromFiles(r, w, w, noEnv)
	if s.InIsTerminal() || s.OutIsTerminal() || s.ErrIsTerminal() || s.CanPrompt() || s.OutColor() {
		t.Error("a pipe is taken for a terminal")
	}
}

func TestSecretIsNotShown(t *testing.T) {
	s, person, tty := openTerminal(t)
	before := echoState(t, tty)
	long := strings.Repeat("0123456789", 1000) // a terminal's own line ends at 4,096

	type answer struct {
		secret string
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		secret, err := s.ReadSecret(t.Context(), "Token: ")
		answered <- answer{secret, err}
	}()
	expect(t, person, "Token: ")
	if _, err := person.WriteString(long + "\r"); err != nil {
		t.Fatal(err)
	}
	if got := <-answered; got.err != nil || got.secret != long {
		t.Fatalf("ReadSecret gave %d bytes, %v, want %d", len(got.secret), got.err, len(long))
	}
	expect(t, person, "\r\n") // and nothing before it
	if after := echoState(t, tty); !reflect.DeepEqual(before, after) {
		t.Error("the terminal is left without echo")
	}
}

func TestInterruptedSecretRestoresTheTerminal(t *testing.T) {
	for _, how := range []string{"context", "Ctrl-C"} {
		t.Run(how, func(t *testing.T) {
			s, person, tty := openTerminal(t)
			before := echoState(t, tty)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				_, err := s.ReadSecret(ctx, "Token: ")
				ended <- err
			}()
			expect(t, person, "Token: ")
			if during := echoState(t, tty); reflect.DeepEqual(before, during) {
				t.Error("the terminal echoes while the secret is typed")
			}
			if how == "context" {
				cancel()
			} else if _, err := person.WriteString("half\x03"); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != context.Canceled {
				t.Errorf("error %v, want context.Canceled", err)
			}
			if after := echoState(t, tty); !reflect.DeepEqual(before, after) {
				t.Error("the terminal is left without echo")
			}
		})
	}
}

func echoState(t *testing.T, tty *os.File) *xterm.State {
	t.Helper()
	state, err := xterm.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// expect reads exactly want from the terminal's screen.
func expect(t *testing.T, person *os.File, want string) {
	t.Helper()
	got := make([]byte, 0, len(want))
	for len(got) < len(want) {
		b, err := readByte(person)
		if err != nil {
			t.Fatalf("the terminal shows %q, then %v; want %q", got, err, want)
		}
		got = append(got, b)
	}
	if string(got) != want {
		t.Fatalf("the terminal shows %q, want %q", got, want)
	}
}

// childVariable makes the test binary play the program whose reader is gone.
const childVariable = "TEST_USHER_WRITE_TO_CLOSED_PIPE"

func TestClosedPipeIsAnError(t *testing.T) {
	const survived = "EPIPE came back"
	if os.Getenv(childVariable) != "" {
		s := System(os.Getenv)
		if _, err := s.Out.Write([]byte("data\n")); errors.Is(err, syscall.EPIPE) {
			fmt.Fprint(s.Err, survived)
		}
		return
	}

	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	var said strings.Builder
	child := exec.Command(os.Args[0], "-test.run=^TestClosedPipeIsAnError$")
	child.Env = append(os.Environ(), childVariable+"=1")
	child.Stdout, child.Stderr = w, &said
	// The status is that of the test framework, which fails to write as well.
	err = child.Run()
	if !strings.Contains(said.String(), survived) {
		t.Errorf("when its reader went away, the program said %q and ended with %v", said.String(), err)
	}
}
