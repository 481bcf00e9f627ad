package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/failure"
	"github.com/bring-aboard/usher/internal/leak"
	"github.com/bring-aboard/usher/internal/term"
)

// reportError prints an error with its next steps, and returns the exit status.
func reportError(ctx context.Context, a *app.App, err error, interrupted bool) int {
	if err == nil {
		return failure.StatusOK
	}
	if errors.Is(err, syscall.EPIPE) {
		return failure.StatusFailed // the reader has closed the pipe
	}
	failed, ok := errors.AsType[*failure.Error](err)
	if !ok {
		failed = &failure.Error{Status: failure.StatusFailed, Err: err}
	}
	failed = &failure.Error{Status: failed.Status, Class: failed.Class, Err: failed.Err, Next: a.StepsOf(err), Shown: failed.Shown}
	if interrupted {
		failed = &failure.Error{Status: failure.StatusInterrupted, Err: failed.Err, Next: failed.Next, Shown: failed.Shown}
	}
	if failed.Shown {
		return failed.Status
	}
	printError(context.WithoutCancel(ctx), a, failed)
	showError(a.Streams, leak.Mask(term.Sanitize(err.Error())), failed.Next)
	return failed.Status
}

// showError shows an error and its next steps. On a terminal they are wrapped between words, commands so that they can be
// pasted.
func showError(streams *term.Streams, text string, next []string) {
	style, width := streams.ErrStyle(), streams.ErrLine()
	lead := style.Red("error:") + " "
	for line := range strings.SplitSeq(text, "\n") {
		rest := strings.TrimLeft(line, " ")
		for _, shown := range term.Hang(lead+line[:len(line)-len(rest)], rest, width) {
			fmt.Fprintln(streams.Err, shown)
		}
		lead = "       "
	}
	for _, step := range next {
		word := "next:"
		note, isNote := failure.CutNote(step)
		if isNote {
			word, step = "note:", note
		}
		lead := style.Bold(word) + " "
		if !isNote && strings.HasPrefix(step, "usher ") {
			app.ShowCommand(streams, lead, step)
			continue
		}
		streams.Say(lead, step)
	}
}
