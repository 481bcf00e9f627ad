package term

import (
	"context"
	"errors"
	"io"
	"testing"
)

func TestAsk(t *testing.T) {
	s, in, out, errOut := Test(WithTerminals(true, true, true))
	in.WriteString("first\r\nsecond\n\nlast")
	for _, want := range []string{"first", "second", "", "last"} {
		got, err := s.Ask(t.Context(), "? ")
		if err != nil || got != want {
			t.Errorf("Ask = %q, %v, want %q", got, err, want)
		}
	}
	if _, err := s.Ask(t.Context(), "over? "); err != io.EOF {
		t.Errorf("at the end of the input: %v, want io.EOF", err)
	}
	if got, want := errOut.String(), "? ? ? ? over? \n"; got != want {
		t.Errorf("standard error %q, want %q", got, want)
	}
	if got := out.String(); got != "" {
		t.Errorf("standard output %q: it carries data and nothing else", got)
	}
}

func TestAskSanitizesTheQuestion(t *testing.T) {
	s, in, _, errOut := Test(WithTerminals(true, true, true))
	in.WriteString("y\n")
	if _, err := s.Ask(t.Context(), "Send to \x1b[2Jevil?\n> "); err != nil {
		t.Fatal(err)
	}
	if got, want := errOut.String(), "Send to \ufffd[2Jevil?\n> "; got != want {
		t.Errorf("standard error %q, want %q", got, want)
	}
}

func TestConfirm(t *testing.T) {
	const question = "Create 3 users? [y/N] "
	tests := []struct {
		typed  string
		want   bool
		err    error
		stderr string
	}{
		{"y\n", true, nil, question},
		{" YES \n", true, nil, question},
		{"\n", false, nil, question},
		{"n\n", false, nil, question},
		{"No\n", false, nil, question},
		{"sure\nyes\n", true, nil, question + "Enter y or n.\n" + question},
		{"", false, io.EOF, question + "\n"},
		{"sure", false, io.EOF, question + "Enter y or n.\n" + question + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.typed, func(t *testing.T) {
			s, in, _, errOut := Test(WithTerminals(true, false, true))
			in.WriteString(tt.typed)
			got, err := s.Confirm(t.Context(), "Create 3 users?")
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("Confirm = %v, %v, want %v, %v", got, err, tt.want, tt.err)
			}
			if errOut.String() != tt.stderr {
				t.Errorf("standard error %q, want %q", errOut, tt.stderr)
			}
		})
	}
}

func TestReadSecretEdits(t *testing.T) {
	tests := []struct {
		name, typed, want string
		err               error
	}{
		{"return", "hunter2\r", "hunter2", nil},
		{"line feed", "hunter2\n", "hunter2", nil},
		{"end of input", "hunter2", "hunter2", nil},
		{"empty", "\r", "", nil},
		{"backspace takes a character, not a byte", "abß\x7fc\x08d\r", "abd", nil},
		{"backspace on nothing", "\x7f\x7fx\r", "x", nil},
		{"kill the line", "wrong\x15right\r", "right", nil},
		{"spaces stay", "  a b \r", "  a b ", nil},
		{"Ctrl-C", "abc\x03", "", context.Canceled},
		{"Ctrl-D", "\x04", "", io.EOF},
		{"Ctrl-D in a line", "ab\x04c\r", "abc", nil},
		{"nothing", "", "", io.EOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, in, out, errOut := Test(WithTerminals(true, true, true))
			in.WriteString(tt.typed)
			got, err := s.ReadSecret(t.Context(), "Token: ")
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ReadSecret = %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if errOut.String() != "Token: \n" || out.String() != "" {
				t.Errorf("standard error %q, standard output %q", errOut, out)
			}
		})
	}
}

// prompts are the ways to ask, under one signature.
var prompts = map[string]func(*Streams, context.Context) error{
	"Ask":        func(s *Streams, ctx context.Context) error { _, err := s.Ask(ctx, "? "); return err },
	"Confirm":    func(s *Streams, ctx context.Context) error { _, err := s.Confirm(ctx, "?"); return err },
	"ReadSecret": func(s *Streams, ctx context.Context) error { _, err := s.ReadSecret(ctx, "? "); return err },
}

func TestNoPromptWithoutATerminal(t *testing.T) {
	for name, prompt := range prompts {
		t.Run(name, func(t *testing.T) {
			s, in, _, errOut := Test()
			in.WriteString("y\n")
			var refused *NoPromptError
			err := prompt(s, t.Context())
			if !errors.As(err, &refused) || refused.Reason != "standard input is not a terminal" {
				t.Errorf("error %v", err)
			}
			if errOut.String() != "" || in.String() != "y\n" {
				t.Errorf("it asked %q and left %q of the input", errOut, in)
			}
		})
	}
}

func TestPromptEndsWithTheContext(t *testing.T) {
	for name, prompt := range prompts {
		t.Run(name, func(t *testing.T) {
			s, _, _, _ := Test(WithTerminals(true, true, true))
			typing, keyboard := io.Pipe()
			defer keyboard.Close() // ends the read that was left waiting
			s.In = typing
			asked := make(signalWriter, 8)
			s.Err = asked

			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- prompt(s, ctx) }()
			<-asked
			cancel()
			if err := <-ended; err != context.Canceled {
				t.Errorf("error %v, want context.Canceled", err)
			}
			if err := prompt(s, ctx); err != context.Canceled {
				t.Errorf("after the end: %v, want context.Canceled", err)
			}
		})
	}
}

// signalWriter sends what is written to a channel.
type signalWriter chan string

func (w signalWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}
