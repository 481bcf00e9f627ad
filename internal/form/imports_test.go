package form_test

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// Forms are drawn here and nowhere else, so that huh could be exchanged.
func TestOnlyFormImportsHuh(t *testing.T) {
	for _, library := range []string{"github.com/charmbracelet/huh", "github.com/charmbracelet/bubbletea"} {
		archtest.Only(t, library, "internal/form")
	}
}

// A form knows fields and the terminal, not where answers go.
func TestImports(t *testing.T) {
	archtest.Below(t, "internal/form", 1, "internal/earlyinit", "internal/term", "pkg/schema")
}
