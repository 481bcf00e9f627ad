package earlyinit

import (
	"slices"
	"strings"
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Go initialises this package before bubbletea only as long as it needs nothing
// that bubbletea does not need too, and its path sorts first.
func TestInitialisedFirst(t *testing.T) {
	const path = "internal/earlyinit"
	packages := archtest.Packages(t)
	i := slices.IndexFunc(packages, func(p archtest.Package) bool { return p.Path == path })
	if i < 0 {
		t.Fatalf("found no %s", path)
	}
	if want := []string{"github.com/charmbracelet/lipgloss"}; !slices.Equal(packages[i].Imports, want) {
		t.Errorf("it imports %v, and must import %v alone", packages[i].Imports, want)
	}
	if bubbletea := "github.com/charmbracelet/bubbletea"; strings.Compare(archtest.Module+"/"+path, bubbletea) >= 0 {
		t.Errorf("%s/%s sorts behind %s", archtest.Module, path, bubbletea)
	}
}

// The package that brings bubbletea into the program brings this one too.
func TestImportedWithBubbletea(t *testing.T) {
	users := 0
	for _, pkg := range archtest.Packages(t) {
		if !slices.Contains(pkg.Imports, "github.com/charmbracelet/huh") {
			continue
		}
		users++
		if !slices.Contains(pkg.Imports, "internal/earlyinit") {
			t.Errorf("%s imports huh, and with it bubbletea, without internal/earlyinit", pkg.Path)
		}
	}
	if users == 0 {
		t.Error("nothing imports huh: this test guards nothing")
	}
}
