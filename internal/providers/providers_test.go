package providers

import (
	"slices"
	"testing"
)

func TestBuiltInNamesAreThoseOfTheAdapters(t *testing.T) {
	var names []string
	for _, adapter := range All() {
		names = append(names, adapter.Name)
	}
	if !slices.Equal(names, builtIn()) {
		t.Errorf("the names are %v, want %v", builtIn(), names)
	}
}
