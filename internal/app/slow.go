package app

import (
	"fmt"
	"io"
	"time"

	"github.com/bring-aboard/usher/internal/term"
)

// patience is the time after which slow work is reported.
const patience = 2 * time.Second

// ShowIfSlow prints what is in progress if done is not called within 2 seconds.
func ShowIfSlow(w io.Writer, what string) (done func()) {
	timer := time.AfterFunc(patience, func() { fmt.Fprintf(w, "%s ...\n", term.SanitizeLine(what)) })
	return func() { timer.Stop() }
}
