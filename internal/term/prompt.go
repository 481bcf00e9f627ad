package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// NoPromptError says that a question could not be asked, and why. The caller
// adds how to answer without being asked: the flags that take the answer.
type NoPromptError struct {
	// Reason is what stands in the way: "standard input is not a terminal".
	Reason string
}

// Error gives the reason.
func (e *NoPromptError) Error() string { return "cannot ask: " + e.Reason }

// Ask writes the question to the terminal and gives the line typed in answer,
// without its line ending.
//
// Input that was typed before the question is discarded, so that the answer is
// to what the person has seen.
//
// It returns a *[NoPromptError] where [Streams.CanPrompt] is false, io.EOF
// where the input ended before anything was typed, and ctx.Err() as soon as
// the context ends, even while nothing is typed.
func (s *Streams) Ask(ctx context.Context, question string) (string, error) {
	if err := s.mayPrompt(ctx); err != nil {
		return "", err
	}
	if err := s.DiscardInput(); err != nil {
		return "", err
	}
	if _, err := io.WriteString(s.Err, Sanitize(question)); err != nil {
		return "", err
	}
	line, err := s.await(ctx, readLine)
	if err != nil {
		fmt.Fprintln(s.Err) // the cursor still stands behind the question
	}
	return line, err
}

// Confirm asks a question that is answered by yes or no, and asks again until
// it is. An empty answer means no. Errors are those of [Streams.Ask].
func (s *Streams) Confirm(ctx context.Context, question string) (bool, error) {
	for {
		answer, err := s.Ask(ctx, question+" [y/N] ")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return true, nil
		case "", "n", "no":
			return false, nil
		}
		if _, err := fmt.Fprintln(s.Err, "Please answer y or n."); err != nil {
			return false, err
		}
	}
}

func (s *Streams) mayPrompt(ctx context.Context) error {
	if reason := s.promptObstacle(); reason != "" {
		return &NoPromptError{Reason: reason}
	}
	return ctx.Err()
}

// DiscardInput removes what was typed on the terminal of standard input and not
// read yet. It is for the moment before a question. Where standard input is not
// a terminal it does nothing.
func (s *Streams) DiscardInput() error {
	if !s.in.terminal {
		return nil
	}
	if err := s.in.discard(); err != nil {
		return fmt.Errorf("could not discard what was typed before the question: %w", err)
	}
	return nil
}

// await reads from standard input until read is done or the context ends. In
// the second case the read is left waiting: nothing can call it back.
func (s *Streams) await(ctx context.Context, read func(io.Reader) (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func(in io.Reader) {
		text, err := read(in)
		answered <- answer{text, err}
	}(s.In)

	select {
	case a := <-answered:
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// readLine reads one line byte by byte, so that what follows stays for the
// next reader. A line that the end of the input cuts short counts.
func readLine(in io.Reader) (string, error) {
	var line []byte
	for {
		b, err := readByte(in)
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0, err == nil && b == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case err != nil:
			return "", err
		}
		line = append(line, b)
	}
}

func readByte(in io.Reader) (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(in, b[:])
	return b[0], err
}
