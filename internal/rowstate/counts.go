package rowstate

// Counts is the number of rows by state.
type Counts map[State]int

// Count is one line of a report.
type Count struct {
	// Name is "rows" or a state.
	Name string
	Rows int
}

// CountsOf returns the counts of a run from the states of its rows in the ledger.
func CountsOf(stored map[State]int, live bool) Counts {
	counts := Counts{}
	for state, rows := range stored {
		counts[state.Reported(live)] += rows
	}
	return counts
}

// Label returns the name for people.
func (c Count) Label() string { return State(c.Name).Label() }

// Rows returns the number of all rows.
func (c Counts) Rows() int {
	rows := 0
	for _, n := range c {
		rows += n
	}
	return rows
}

// Of returns the number of rows whose states are of a kind.
func (c Counts) Of(kind Kind) int {
	rows := 0
	for state, n := range c {
		if state.Kind() == kind {
			rows += n
		}
	}
	return rows
}
