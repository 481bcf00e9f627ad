package ledger

import "slices"

// InProgress is what a row without an outcome is shown as while its run lives.
// No row is stored so.
const InProgress State = "in_progress"

// Shown returns the state as people and programs see it: without an outcome a
// row is in progress while its run lives, and unknown afterwards.
func (s State) Shown(live bool) State {
	switch {
	case s != Sent && s != Changing && s != Uncertain:
		return s
	case live && s != Uncertain:
		return InProgress
	default:
		return Unknown
	}
}

// Stored returns the states of the rows that are shown as this one; none if no
// row of a run is.
func (s State) Stored(live bool) []State {
	return slices.DeleteFunc(States(), func(stored State) bool { return stored.Shown(live) != s })
}

// ShownStates returns every state that is shown, in the order of reports.
func ShownStates() []State {
	var shown []State
	for _, state := range States() {
		for _, live := range []bool{false, true} {
			if s := state.Shown(live); !slices.Contains(shown, s) {
				shown = append(shown, s)
			}
		}
	}
	return shown
}
