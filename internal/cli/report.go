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
	failed = &failure.Error{Status: failed.Status, Class: failed.Class, Err: failed.Err, Next: failure.StepsOf(err), Shown: failed.Shown}
	if interrupted {
		failed = &failure.Error{Status: failure.StatusInterrupted, Err: failed.Err, Next: failed.Next, Shown: failed.Shown}
	}
	if failed.Shown {
		return failed.Status
	}
	printError(context.WithoutCancel(ctx), a, failed)
	style := a.Streams.ErrStyle()
	text := leak.Mask(term.Sanitize(err.Error()))
	fmt.Fprintf(a.Streams.Err, "%s %s\n", style.Red("error:"), strings.ReplaceAll(text, "\n", "\n       "))
	for _, next := range failed.Next {
		word := "next:"
		if note, ok := failure.CutNote(next); ok {
			word, next = "note:", note
		}
		fmt.Fprintf(a.Streams.Err, "%s %s\n", style.Bold(word), term.SanitizeLine(next))
	}
	return failed.Status
}
