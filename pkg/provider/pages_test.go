package provider_test

import (
	"strings"
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

// A list of ten without a total may be cut off, unless the end of its pages is documented and nothing points to more.
func TestEndOfDocumentedPages(t *testing.T) {
	for _, test := range []struct{ ends, more, complete bool }{{false, false, false}, {true, false, true}, {true, true, false}} {
		paging := provider.Paging[string]{Op: "list", Ends: test.ends, ID: func(id string) string { return id }}
		var last error
		for _, err := range paging.ByCursor(func(string) (provider.Page[string], error) {
			return provider.Page[string]{Members: strings.Split("abcdefghij", ""), Total: -1, More: test.more}, nil
		}) {
			last = err
		}
		if (last == nil) != test.complete || last != nil && !provider.IsIncomplete(last) {
			t.Errorf("%+v: %v", test, last)
		}
	}
}
