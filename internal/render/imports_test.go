package render_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Results take their form here and nowhere else.
func TestOnlyRenderImportsItsLibraries(t *testing.T) {
	archtest.Only(t, "github.com/olekukonko/tablewriter", "internal/render")
	archtest.Only(t, "github.com/itchyny/gojq", "internal/render")
}

// A result is printed without knowing what it is about.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/render", 1, "internal/safecell", "internal/term", "pkg/schema")
}
