package provider_test

import (
	"strings"
	"testing"

	"github.com/bring-aboard/usher/pkg/provider"
)

// Whatever a response is when it is read again, an item is passed on once or
// there is an error.
func TestReplay(t *testing.T) {
	for _, test := range []struct {
		responses []string // each is read after the one before was cut off, the last one to its end
		want      string
		moved     bool
	}{
		{[]string{""}, "", false},
		{[]string{"a b c"}, "a b c", false},
		{[]string{"a b", "a b c"}, "a b c", false},
		{[]string{"", "a b c"}, "a b c", false},
		{[]string{"a b", "a", "a b c"}, "a b c", false},
		{[]string{"a b", "a b"}, "a b", false},
		{[]string{"a", "a b", "a b c"}, "a b c", false},
		{[]string{"a b", "b a c"}, "a b", true},
		{[]string{"a b", "b c"}, "a b", true},
		{[]string{"a b", "a"}, "a b", true},
		{[]string{"a b", ""}, "a b", true},
		{[]string{"a b", "a x"}, "a b", true},
		{[]string{"a b", "a", "a x c"}, "a b", true},
	} {
		var replay provider.Replay
		var passed []string
		var moved error
		for _, response := range test.responses {
			replay.Begin()
			for _, item := range strings.Fields(response) {
				isNew, err := replay.IsNew([]byte(item))
				if err != nil {
					moved = err
					break
				}
				if isNew {
					passed = append(passed, item)
				}
			}
		}
		if moved == nil {
			moved = replay.End()
		}
		if got := strings.Join(passed, " "); got != test.want || (moved != nil) != test.moved {
			t.Errorf("%q: passed %q, %v", test.responses, got, moved)
		}
	}
}
