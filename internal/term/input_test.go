package term

import (
	"context"
	"errors"
	"io"
	"testing"
)

func TestInput(t *testing.T) {
	s, in, _, _ := Test()
	in.WriteString("one\ntwo\n")
	got, err := io.ReadAll(s.Input(t.Context()))
	if err != nil || string(got) != "one\ntwo\n" {
		t.Errorf("read %q, %v", got, err)
	}
}

// A pipe that stays open does not hold up a command whose context ends.
func TestInputEndsWithTheContext(t *testing.T) {
	s, _, _, _ := Test()
	reader, writer := io.Pipe()
	defer writer.Close()
	s.In = reader
	ctx, cancel := context.WithCancel(t.Context())
	in := s.Input(ctx)
	go func() {
		_, _ = io.WriteString(writer, "begin")
		cancel()
	}()
	got, err := io.ReadAll(in)
	if !errors.Is(err, context.Canceled) || len(got) > len("begin") {
		t.Errorf("read %q, %v", got, err)
	}
}
