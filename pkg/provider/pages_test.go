package provider_test

import (
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// TestEndOfList treats the length of a list without a total as a limit if servers have such limits.
func TestEndOfList(t *testing.T) {
	for _, c := range []struct {
		members, size int
		more          bool
		complete      bool
	}{
		{0, 250, false, true},
		{3, 250, true, false},
		{7, 7, false, false}, {50, 0, false, false}, {75, 0, false, false}, {100, 250, false, false}, {250, 0, false, false},
		{49, 0, false, true}, {51, 0, false, true}, {101, 250, false, true},
		{500, 250, false, false}, {1000, 250, false, false}, {1050, 250, false, false}, {260, 250, false, true}, {1075, 250, false, true},
		{5000, 0, false, false}, {2500, 250, false, false}, {5050, 250, false, true},
	} {
		if err := provider.EndOfList("list", c.members, c.size, c.more); (err == nil) != c.complete || err != nil && !provider.IsIncomplete(err) {
			t.Errorf("%d entries, %d asked for, more: %t: %v", c.members, c.size, c.more, err)
		}
	}
}
