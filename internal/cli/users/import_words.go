package users

import (
	"fmt"
	"time"

	"github.com/bring-aboard/usher/internal/progress"
	"github.com/bring-aboard/usher/internal/term"
)

// patience is how long the program is silent about work that takes its time.
const patience = 2 * time.Second

// whileSlow says what is going on where it takes longer than a person's
// patience, until done is called.
func (o *rosterOptions) whileSlow(what string) (done func()) {
	timer := time.AfterFunc(patience, func() { fmt.Fprintf(o.app.Streams.Err, "%s ...\n", term.SanitizeLine(what)) })
	return func() { timer.Stop() }
}

// rosterName is what the roster is called in sentences.
func (o *rosterOptions) rosterName() string {
	if o.file == "-" {
		return "standard input"
	}
	return o.file
}

// count gives a number with its noun: "1 row", "10,000 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped writes a number with commas between the thousands.
func grouped(n int) string { return progress.Number(n) }
