package term

import (
	"io"
	"os"
	"os/signal"
	"syscall"

	xterm "golang.org/x/term"
)

// Streams are the program's input and outputs together with what decides how they are used. Create one with [System] or
// [Test].
//
// The setters are for the start of the program; after that the methods may be called from several goroutines at once.
type Streams struct {
	// In is standard input.
	In io.Reader
	// Out is standard output: only results.
	Out io.Writer
	// Err is standard error: prompts, progress, warnings and errors.
	Err io.Writer

	in, out, err device
	env          func(string) string
	noInput      bool
	noColor      bool
}

// device contains the properties of the file behind a stream.
type device struct {
	// terminal reports whether it is a terminal.
	terminal bool
	// escapes reports whether an output interprets ANSI escape sequences.
	escapes bool
	// columns returns the terminal's current width, 0 if it reports none.
	columns func() int
	// raw switches off echo and line editing until restore is called.
	raw func() (restore func() error, err error)
	// discard removes what was typed and not read yet.
	discard func() error
}

// System returns the streams of this process. The function env looks up environment variables, as os.Getenv does.
//
// From then on a write to a pipe without a reader returns an error that is syscall.EPIPE instead of ending the process
// at once: an import must not end between a request and the record of its outcome because the reader of its output went
// away.
func System(env func(string) string) *Streams {
	// A channel that is never read, instead of signal.Ignore: a command that this program starts would inherit the
	// latter.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return fromFiles(os.Stdin, os.Stdout, os.Stderr, env)
}

func fromFiles(in, out, err *os.File, env func(string) string) *Streams {
	return &Streams{
		In: in, Out: out, Err: err,
		in: deviceOf(in), out: outputOf(out), err: outputOf(err),
		env: env,
	}
}

func outputOf(file *os.File) device {
	d := deviceOf(file)
	d.escapes = d.terminal && enableEscapes(file)
	return d
}

func deviceOf(file *os.File) device {
	fd := int(file.Fd())
	return device{
		terminal: xterm.IsTerminal(fd),
		columns: func() int {
			width, _, err := xterm.GetSize(fd)
			if err != nil {
				return 0
			}
			return width
		},
		raw: func() (func() error, error) {
			state, err := xterm.MakeRaw(fd)
			return func() error { return xterm.Restore(fd, state) }, err
		},
		discard: func() error { return discardInput(file) },
	}
}

// SetNoInput forbids every prompt (--no-input).
func (s *Streams) SetNoInput(forbid bool) { s.noInput = forbid }

// SetNoColor switches colour off on both outputs (--no-color).
func (s *Streams) SetNoColor(off bool) { s.noColor = off }
