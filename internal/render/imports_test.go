package render_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Only this package formats results.
func TestOnlyRenderImportsItsLibraries(t *testing.T) {
	archtest.Only(t, "github.com/olekukonko/tablewriter", "internal/render")
	archtest.Only(t, "github.com/itchyny/gojq", "internal/render")
}

// The package does not depend on the content of results.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/render", 1, "internal/safecell", "internal/term", "pkg/schema")
}
