package provider_test

import (
	"go/build"
	"strings"
	"testing"
)

// The contract knows the vocabulary of fields and nothing else of this module,
// so that an adapter outside of it can be written against it.
func TestImports(t *testing.T) {
	here, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(here.Imports) == 0 {
		t.Fatal("found no imports to judge")
	}
	for _, path := range here.Imports {
		if strings.HasPrefix(path, "github.com/bring-aboard/usher/") && path != "github.com/bring-aboard/usher/pkg/schema" {
			t.Errorf("pkg/provider imports %s: it knows pkg/schema alone", path)
		}
	}
}
