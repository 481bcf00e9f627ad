package term

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// The process has three streams, and they are taken here: every other package
// is handed them, so that a test can hand it others.
func TestOnlyTermTakesTheStreams(t *testing.T) {
	archtest.OnlyNames(t, "os", []string{"Stdin", "Stdout", "Stderr"}, "internal/term")
}

// A package that ends the process would skip what others defer.
func TestOnlyCommandsExit(t *testing.T) {
	archtest.OnlyNames(t, "os", []string{"Exit"}, "cmd")
}

// The terminal knows nothing of this program.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/term", 1)
}
