package providers

import (
	"path"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// An adapter is a table and a few functions over the contract. It knows no
// other adapter, and nothing of the program that uses it.
func TestAdaptersKnowTheContractAlone(t *testing.T) {
	adapters := 0
	for _, pkg := range archtest.Packages(t) {
		if path.Dir(pkg.Path) != "internal/providers" {
			continue
		}
		adapters++
		if pkg.Path == "internal/providers/described" { // it makes adapters of descriptions
			archtest.Below(t, pkg.Path, 1, "pkg", "internal/describe", pkg.Path)
			continue
		}
		archtest.Below(t, pkg.Path, 1, "pkg", pkg.Path)
	}
	if adapters < len(All()) {
		t.Errorf("found %d adapters, and the list has %d", adapters, len(All()))
	}
}

// The list is read by the composition root alone: a command asks a profile for
// its adapter, and never names one.
func TestOnlyTheRootImportsAdapters(t *testing.T) {
	for _, pkg := range archtest.Packages(t) {
		for _, imported := range pkg.Imports {
			if archtest.Within(imported, "internal/providers") && pkg.Path != "internal/cli" && !archtest.Within(pkg.Path, "internal/providers") {
				t.Errorf("%s imports %s: adapters come with the profile", pkg.Path, imported)
			}
		}
	}
}
