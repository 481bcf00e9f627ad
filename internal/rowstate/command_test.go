package rowstate

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// A state is in the table once, and a command leaves its rows in states that a run
// records and that are good.
func TestTables(t *testing.T) {
	t.Parallel()
	seen := map[State]bool{}
	for _, m := range table() {
		if seen[m.state] {
			t.Errorf("%s is in the table twice", m.state)
		}
		seen[m.state] = true
	}
	for _, c := range commands() {
		for _, state := range []State{c.Done, c.Already} {
			if !state.IsOutcome() || state.Kind() != Good {
				t.Errorf("%s leaves rows %s: %+v", c.Name, state, state.meaning())
			}
		}
		if CommandOf(c.Name) != c {
			t.Errorf("%s is not found by its name", c.Name)
		}
	}
	if c := CommandOf("of a later version"); c.Changes || c.Done != Created {
		t.Errorf("an unknown command is %+v", c)
	}
}

// What the ledger has of a run is counted under the states of reports, and no row is lost.
func TestCounts(t *testing.T) {
	t.Parallel()
	stored := map[State]int{}
	for _, state := range Stored() {
		stored[state] = 1
	}
	for _, live := range []bool{false, true} {
		for _, c := range commands() {
			counts := CountsOf(stored, live)
			if counts.Rows() != len(stored) {
				t.Errorf("%s, live %v: %d of %d rows are counted", c.Name, live, counts.Rows(), len(stored))
			}
			sum := 0
			for _, count := range c.Listed(counts)[1:] {
				sum += count.Rows
			}
			if sum != len(stored) {
				t.Errorf("%s, live %v: the report has %d of %d rows", c.Name, live, sum, len(stored))
			}
		}
	}
	if got, want := CountsOf(map[State]int{Forgotten: 2, NotCreated: 1, Changing: 3, ChangeUnknown: 4}, true), (Counts{Failed: 3, InProgress: 3, Unknown: 4}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := CountsOf(map[State]int{Absent: 1, Removing: 3, RemovalUnknown: 1}, false), (Counts{Absent: 1, Unknown: 4}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Programs read the columns of runs by their order.
func TestOrderOfCounts(t *testing.T) {
	t.Parallel()
	want := []State{Created, Existing, Failed, Unknown, NotTried, Updated, Unchanged, Deleted, Absent, Deactivated, InProgress, Gone}
	if got := Counted(); !slices.Equal(got[:len(want)], want) {
		t.Errorf("got %v, want %v first", got, want)
	}
	listed := CommandOf(CommandUpdate).Listed(Counts{Updated: 2, NotTried: 1, Gone: 1})
	if got, want := fmt.Sprint(listed), "[{rows 4} {updated 2} {unchanged 0} {failed 0} {unknown 0} {not_tried 1} {gone 1}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
