//go:build unix

package pictures

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bring-aboard/usher/internal/cli"
)

// update draws the pictures anew: docs/pictures/draw
var update = flag.Bool("update", false, "draw the pictures anew")

// TestMain lets the test binary be usher itself, when a scene calls it so.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"usher": func() { os.Exit(cli.Main(os.Args[1:])) },
	})
}
