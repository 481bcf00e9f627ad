package rowstate

import (
	"slices"
	"testing"
)

// Each stored state is shown under exactly one word, which finds it again.
func TestShown(t *testing.T) {
	t.Parallel()
	for _, live := range []bool{true, false} {
		var stored []State
		for _, shown := range Shown() {
			stored = append(stored, shown.Stored(live)...)
		}
		slices.Sort(stored)
		all := Stored()
		slices.Sort(all)
		if !slices.Equal(stored, all) {
			t.Errorf("live %v: the shown states find %v of %v", live, stored, all)
		}
	}
	for state, want := range map[State][2]State{
		Sent: {Unknown, InProgress}, Changing: {Unknown, InProgress}, ChangeUnknown: {Unknown, Unknown}, Unknown: {Unknown, Unknown}, Created: {Created, Created},
	} {
		if got := [2]State{state.Shown(false), state.Shown(true)}; got != want {
			t.Errorf("%s is shown as %v, want %v", state, got, want)
		}
	}
	for _, never := range []State{Sent, Changing, ChangeUnknown} {
		if slices.Contains(Shown(), never) {
			t.Errorf("%s is shown", never)
		}
	}
}
