package rowstate

import "slices"

// The commands that are recorded as runs.
const (
	CommandImport     = "import"
	CommandCreate     = "create"
	CommandUpdate     = "update"
	CommandDelete     = "delete"
	CommandDeactivate = "deactivate"
	CommandUndo       = "undo"
	CommandActivate   = "activate"
)

// Command is what runs of one name do to users.
type Command struct {
	// Name is how the ledger names it.
	Name string
	// Verb is what it does to a user, and Noun what one run of it is called.
	Verb, Noun string
	// Done is the state of a row for which the operation was performed, and Already that
	// of one whose user was as it leaves them before.
	Done, Already State
	// Changes reports whether the command is about users who exist: its rows are no
	// evidence for a create.
	Changes bool
}

// commands returns the table of commands.
func commands() []Command {
	return []Command{
		{CommandImport, "create", "import", Created, Existing, false},
		{CommandCreate, "create", "create", Created, Existing, false},
		{CommandUpdate, "change", "update", Updated, Unchanged, true},
		{CommandDelete, "delete", "deletion", Deleted, Absent, true},
		{CommandDeactivate, "deactivate", "deactivation", Deactivated, Unchanged, true},
		{CommandUndo, "delete", "deletion", Deleted, Absent, true},
		{CommandActivate, "activate", "activation", Activated, Unchanged, true},
	}
}

// CommandOf returns the command with a name. One that is not in the table creates users.
func CommandOf(name string) Command {
	all := commands()
	if n := slices.IndexFunc(all, func(c Command) bool { return c.Name == name }); n >= 0 {
		return all[n]
	}
	unknown := all[0]
	unknown.Name = name
	return unknown
}

// Reported returns the state under which reports have a row that is in a state of the
// ledger. A user who was forgotten, or who is absent and was not to be deleted, is a failure.
func (c Command) Reported(stored State, live bool) State {
	switch shown := stored.Shown(live); {
	case shown == Forgotten, shown == Absent && c.Already != Absent:
		return Failed
	default:
		return shown
	}
}

// Counts returns the counts of a run by the states of its rows in the ledger.
func (c Command) Counts(stored map[State]int, live bool) Counts {
	counts := Counts{}
	for state, rows := range stored {
		counts[c.Reported(state, live)] += rows
	}
	return counts
}

// Listed returns the counts that a report of the command has, in order: all rows, the two
// states in which they are done, those that are failed, unknown or not tried, and every
// other state that a row is in.
func (c Command) Listed(counts Counts) []Count {
	always := []State{c.Done, c.Already, Failed, Unknown, NotTried}
	listed := []Count{{"rows", counts.Rows()}}
	for _, state := range always {
		listed = append(listed, Count{string(state), counts[state]})
	}
	for _, state := range Counted() {
		if counts[state] != 0 && !slices.Contains(always, state) {
			listed = append(listed, Count{string(state), counts[state]})
		}
	}
	return listed
}
