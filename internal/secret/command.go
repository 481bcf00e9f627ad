package secret

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

func (r Resolver) readCommand(ctx context.Context, ref Reference) (string, error) {
	words, err := ref.command()
	if err != nil {
		return "", &Error{Reference: ref, Kind: Missing, Problem: err.Error(), Err: err}
	}
	limit := orDefault(r.CommandTimeout, 30*time.Second)
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	output, complaint := &head{limit: maxLength}, &tail{limit: 8 << 10}
	command := exec.CommandContext(limited, words[0], words[1:]...)
	command.Stdout, command.Stderr = output, complaint
	command.WaitDelay = time.Second // its child processes may keep the pipes open

	err = command.Run()
	switch {
	case output.overflowed:
		return "", &Error{Reference: ref, Kind: TooLong, Problem: fmt.Sprintf("the command printed more than %d KiB, too much for a secret", maxLength>>10)}
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // it succeeded, and left a child process behind
		return textOf(ref, output.kept)
	case ctx.Err() != nil:
		return "", interrupted(ref, ctx.Err())
	case limited.Err() != nil:
		return "", &Error{Reference: ref, Kind: TimedOut, Problem: fmt.Sprintf("the command did not finish within %v", limit), Hint: "run it in a shell to see whether it waits for input", Err: limited.Err()}
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", &Error{Reference: ref, Kind: Missing, Problem: fmt.Sprintf("command not found: %q", words[0]), Hint: "install it or use its path (it runs without a shell)", Err: err}
	default:
		return "", &Error{Reference: ref, Kind: Failed, Problem: failure(err) + remark(complaint.String(), string(output.kept)), Hint: "run the command in a shell", Err: err}
	}
}

// failure returns how a command ended.
func failure(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "the command ended with " + exit.ProcessState.String()
	}
	if start, ok := errors.AsType[*exec.Error](err); ok {
		return "could not run the command: " + start.Err.Error()
	}
	return "could not run the command: " + reason(err)
}

// remark returns the last line that a command wrote to its standard error, for an error text: without what it wrote to
// its standard output, which may be the secret, without control characters, and shortened.
func remark(complaint, output string) string {
	for line := range strings.SplitSeq(output, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			complaint = strings.ReplaceAll(complaint, line, redacted)
		}
	}
	lines := strings.Split(strings.TrimSpace(complaint), "\n")
	return inBrackets(lines[len(lines)-1])
}

// inBrackets returns a text of another program in brackets, to follow a phrase: without control characters and
// shortened, or "" for an empty one.
func inBrackets(text string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.TrimSpace(text)))
	if len(runes) == 0 {
		return ""
	}
	const most = 200
	if len(runes) > most {
		runes = append(runes[:most], '…')
	}
	return " (" + string(runes) + ")"
}

// head stores what is written to it up to a limit and fails beyond it, which ends the command.
type head struct {
	kept       []byte
	limit      int
	overflowed bool
}

func (h *head) Write(p []byte) (int, error) {
	if len(h.kept)+len(p) > h.limit {
		h.overflowed = true
		return 0, errors.New("too much output")
	}
	h.kept = append(h.kept, p...)
	return len(p), nil
}

// tail stores the last lines of what is written to it.
type tail struct {
	kept  []byte
	limit int
	cut   bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if excess := len(t.kept) - t.limit; excess > 0 {
		t.kept, t.cut = t.kept[excess:], true
	}
	return len(p), nil
}

// String returns whole lines only: the rest of a line that was cut could be the rest of a secret, and would not be
// recognised.
func (t *tail) String() string {
	text := string(t.kept)
	if t.cut {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}
