package cli

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/bring-aboard/usher/internal/app"
	"github.com/bring-aboard/usher/internal/term"
)

// report prints what went wrong, with the next steps, and gives the exit status.
func report(a *app.App, err error, interrupted bool) int {
	if err == nil {
		return app.StatusOK
	}
	if errors.Is(err, syscall.EPIPE) {
		return app.StatusFailed // the reader went away; there is nobody to tell
	}
	failure, ok := errors.AsType[*app.Failure](err)
	if !ok {
		failure = &app.Failure{Status: app.StatusFailed, Err: err}
	}
	if interrupted {
		failure = &app.Failure{Status: app.StatusInterrupted, Err: failure.Err, Next: failure.Next, Shown: failure.Shown}
	}
	if failure.Shown {
		return failure.Status
	}
	style := a.Streams.ErrStyle()
	text := term.Sanitize(err.Error())
	fmt.Fprintf(a.Streams.Err, "%s %s\n", style.Red("error:"), strings.ReplaceAll(text, "\n", "\n       "))
	for _, next := range failure.Next {
		fmt.Fprintf(a.Streams.Err, "%s %s\n", style.Bold("next:"), term.SanitizeLine(next))
	}
	return failure.Status
}
