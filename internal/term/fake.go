package term

import (
	"bytes"
	"sync"
)

// TestOption changes what the streams of [Test] pretend to be.
type TestOption func(*Streams)

// WithTerminals sets which of the three streams pretend to be a terminal. Without it none does.
func WithTerminals(in, out, err bool) TestOption {
	return func(s *Streams) {
		s.in.terminal = in
		s.out.terminal, s.out.escapes = out, out
		s.err.terminal, s.err.escapes = err, err
	}
}

// WithWidth sets the width of the pretended terminals.
func WithWidth(columns int) TestOption {
	return func(s *Streams) {
		s.out.columns = func() int { return columns }
		s.err.columns = s.out.columns
	}
}

// WithEnv sets the environment variables of the streams. Without it there are none.
func WithEnv(env map[string]string) TestOption {
	return func(s *Streams) { s.env = func(name string) string { return env[name] } }
}

// Test returns streams for tests, and the buffers behind them: what is written
// to in is read as standard input, out and err record what was written.
func Test(options ...TestOption) (streams *Streams, in, out, err *Buffer) {
	in, out, err = new(Buffer), new(Buffer), new(Buffer)
	pretended := device{
		columns: func() int { return 0 },
		raw:     func() (func() error, error) { return func() error { return nil }, nil },
		discard: func() error { return nil },
	}
	streams = &Streams{
		In: in, Out: out, Err: err,
		in: pretended, out: pretended, err: pretended,
		env: func(string) string { return "" },
	}
	for _, option := range options {
		option(streams)
	}
	return streams, in, out, err
}

// Buffer is a bytes.Buffer that several goroutines may use at once.
type Buffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Read reads what was written and not read yet, and returns io.EOF if there is nothing: it never waits.
func (b *Buffer) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Read(p)
}

// Write appends p. It never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

// WriteString appends s. It never fails.
func (b *Buffer) WriteString(s string) (int, error) { return b.Write([]byte(s)) }

// String returns what was written and not read yet.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// Reset discards everything.
func (b *Buffer) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buffer.Reset()
}
