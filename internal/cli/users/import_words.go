package users

import (
	"github.com/bring-aboard/usher/internal/cli/kit"
	"github.com/bring-aboard/usher/internal/progress"
)

// whileSlow says what is going on where it takes longer than a person's
// patience, until done is called.
func (o *rosterOptions) whileSlow(what string) (done func()) {
	return kit.WhileSlow(o.app.Streams.Err, what)
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
