package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// NoPromptError is the error of a question that could not be asked. The caller adds the flags that replace the answer.
type NoPromptError struct {
	// Reason is the reason: "standard input is not a terminal".
	Reason string
}

// Error returns the reason.
func (e *NoPromptError) Error() string { return "cannot prompt: " + e.Reason }

// Ask writes the question to the terminal and returns the line that was typed, without its line ending.
//
// Input that was typed before the question is discarded, so that the answer is to what was on the screen.
//
// It returns a *[NoPromptError] if [Streams.CanPrompt] is false, io.EOF if the input ended before anything was typed,
// and ctx.Err() as soon as the context ends, even while nothing is typed.
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
		fmt.Fprintln(s.Err) // the cursor is still after the question
	}
	return line, err
}

// Confirm asks a question that is answered by yes or no, until there is an answer. An empty answer means no. Errors are
// those of [Streams.Ask].
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
		if _, err := fmt.Fprintln(s.Err, "Enter y or n."); err != nil {
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

// DiscardInput removes what was typed on the terminal of standard input and not read yet. Call it before a question. If
// standard input is not a terminal it does nothing.
func (s *Streams) DiscardInput() error {
	if !s.in.terminal {
		return nil
	}
	if err := s.in.discard(); err != nil {
		return fmt.Errorf("could not discard what was typed before the question: %w", err)
	}
	return nil
}

// await reads from standard input until read is done or the context ends. In the second case the read is left waiting,
// because it cannot be cancelled.
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

// readLine reads one line byte by byte, so that what follows is left for the next reader. A line that the end of the
// input cuts short counts.
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
