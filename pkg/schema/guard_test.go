package schema_test

import (
	"go/build"
	"strings"
	"testing"
)

// The package is the vocabulary of all others: it uses none of them, and
// nothing that reaches a terminal, a file or the network.
func TestImports(t *testing.T) {
	here, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(here.Imports) == 0 {
		t.Fatal("found no imports to judge")
	}
	for _, path := range here.Imports {
		switch {
		case strings.HasPrefix(path, "github.com/bring-aboard/usher/"):
			t.Errorf("pkg/schema imports %s: it stands below every other package of this module", path)
		case path == "os", path == "net", strings.HasPrefix(path, "net/http"), strings.HasPrefix(path, "os/"):
			t.Errorf("pkg/schema imports %s: values come in and go out through its functions only", path)
		}
	}
}
