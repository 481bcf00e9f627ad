package sandbox

import (
	"testing"

	"github.com/bring-aboard/usher/internal/archtest"
)

// The sandbox is written from the vendors' pages. Would it share the adapters'
// words, both could agree on the same mistake.
func TestSandboxKnowsNothingOfAdapters(t *testing.T) {
	archtest.Below(t, "internal/sandbox", 1, "internal/sandbox", "internal/duration", "internal/fileperm", "internal/describe", "pkg/schema")
}
