package engine

import (
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// The engine gets its client and its journal through interfaces, and decides by
// classes of errors. It knows the contract, the rules of evidence, the states and how faults are worded, and no HTTP, no store and no terminal.
func TestImports(t *testing.T) {
	judged := 0
	for _, pkg := range archtest.Packages(t) {
		if pkg.Path != "internal/engine" {
			continue
		}
		for _, imported := range pkg.Imports {
			judged++
			first, _, _ := strings.Cut(imported, "/")
			switch {
			case archtest.Within(imported, "pkg"), imported == "internal/panicerr", imported == "internal/evidence", imported == "internal/rowstate":
			case archtest.Within(imported, "internal"), archtest.Within(imported, "cmd"):
				t.Errorf("internal/engine imports %s: it knows the contract alone", imported)
			case first == "net", first == "os", first == "io", strings.Contains(first, "."):
				t.Errorf("internal/engine imports %s: it neither sends nor writes anything itself", imported)
			}
		}
	}
	if judged < 5 {
		t.Errorf("judged %d imports", judged)
	}
}
