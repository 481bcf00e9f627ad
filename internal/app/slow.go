package app

import (
	"fmt"
	"io"
	"time"

	"github.com/bring-aboard/usher/internal/term"
)

// patience is how long the program is silent about work that takes its time.
const patience = 2 * time.Second

// ShowIfSlow says what is going on where it takes longer than a person's
// patience, until done is called.
func ShowIfSlow(w io.Writer, what string) (done func()) {
	timer := time.AfterFunc(patience, func() { fmt.Fprintf(w, "%s ...\n", term.SanitizeLine(what)) })
	return func() { timer.Stop() }
}
