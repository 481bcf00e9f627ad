package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// The keys that a terminal without line editing passes on as bytes.
const (
	keyInterrupt = 0x03 // Ctrl-C
	keyEOF       = 0x04 // Ctrl-D
	keyBackspace = 0x08 // Ctrl-H
	keyKillLine  = 0x15 // Ctrl-U
	keyDelete    = 0x7f
)

// ReadSecret writes the prompt to the terminal and reads one line without
// showing it. Echo is on again when it returns, however it returns. Input that
// was typed before the prompt, and so was visible, is discarded.
//
// A terminal's own line editing cuts a pasted line at 4,096 bytes (1,024 on
// macOS), which is less than some tokens have; here a line has no limit.
//
// It returns a *[NoPromptError] if [Streams.CanPrompt] is false, io.EOF for
// Ctrl-D on an empty line, context.Canceled for Ctrl-C, and ctx.Err() as soon
// as the context ends.
func (s *Streams) ReadSecret(ctx context.Context, prompt string) (secret string, err error) {
	if err := s.mayPrompt(ctx); err != nil {
		return "", err
	}
	restore, err := s.in.raw()
	if err != nil {
		return "", fmt.Errorf("could not switch off the terminal's echo: %w", err)
	}
	defer func() {
		if restoreErr := restore(); restoreErr != nil {
			err = errors.Join(err, fmt.Errorf("could not switch on the terminal's echo (run stty sane): %w", restoreErr))
		}
		fmt.Fprintln(s.Err)
	}()

	if err := s.DiscardInput(); err != nil {
		return "", err
	}
	if _, err := io.WriteString(s.Err, SanitizeLine(prompt)); err != nil {
		return "", err
	}
	return s.await(ctx, readSecretLine)
}

// readSecretLine reads up to the Return key, with the editing keys of a terminal.
func readSecretLine(in io.Reader) (string, error) {
	var line []byte
	for {
		b, err := readByte(in)
		if errors.Is(err, io.EOF) && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
		switch b {
		case '\r', '\n':
			return string(line), nil
		case keyInterrupt:
			return "", context.Canceled
		case keyEOF:
			if len(line) == 0 {
				return "", io.EOF
			}
		case keyBackspace, keyDelete:
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case keyKillLine:
			line = line[:0]
		default:
			line = append(line, b)
		}
	}
}
