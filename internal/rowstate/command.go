package rowstate

import "slices"

// The commands that are recorded as runs.
const (
	CommandImport         = "import"
	CommandCreate         = "create"
	CommandUpdate         = "update"
	CommandDelete         = "delete"
	CommandDeactivate     = "deactivate"
	CommandUndo           = "undo"
	CommandActivate       = "activate"
	CommandSync           = "sync"
	CommandPassword       = "password"
	CommandJoin           = "groups-add"
	CommandLeave          = "groups-remove"
	CommandRevokeSessions = "sessions-revoke"
	CommandResetMFA       = "mfa-reset"
	CommandRecovery       = "recovery"
)

// Command describes what runs of one name do to users.
type Command struct {
	// Name is the name in the ledger.
	Name string
	// Verb is what it does to a user, and Noun the name of one run.
	Verb, Noun string
	// Done is the state of a row for which the operation was performed, and Already that of a row whose user was
	// already as the operation leaves them.
	Done, Already State
	// Changes reports whether the command is about existing users. Its rows are no evidence for a create.
	Changes bool
	// Also is a further state that every report of the command counts; empty for none.
	Also State
}

// commands returns the table of commands.
func commands() []Command {
	return []Command{
		{CommandImport, "create", "import", Created, Existing, false, ""},
		{CommandCreate, "create", "create", Created, Existing, false, ""},
		{CommandUpdate, "change", "update", Updated, Unchanged, true, ""},
		{CommandDelete, "delete", "deletion", Deleted, Absent, true, ""},
		{CommandDeactivate, "deactivate", "deactivation", Deactivated, Unchanged, true, ""},
		{CommandUndo, "delete", "deletion", Deleted, Absent, true, ""},
		{CommandActivate, "activate", "activation", Activated, Unchanged, true, ""},
		{CommandSync, "sync", "sync", Created, Unchanged, false, Updated},
		{CommandPassword, "set the password of", "password change", Updated, Unchanged, true, ""},
		{CommandJoin, "add", "addition to groups", Added, Unchanged, true, ""},
		{CommandLeave, "remove", "removal from groups", Removed, Unchanged, true, ""},
		{CommandRevokeSessions, "revoke the sessions of", "revocation of sessions", Revoked, Unchanged, true, ""},
		{CommandResetMFA, "remove the second factors of", "removal of second factors", Updated, Unchanged, true, ""},
		{CommandRecovery, "create a recovery code for", "creation of recovery codes", Issued, Unchanged, true, ""},
	}
}

// CommandOf returns the command with a name. A name that is not in the table creates users.
func CommandOf(name string) Command {
	all := commands()
	if n := slices.IndexFunc(all, func(c Command) bool { return c.Name == name }); n >= 0 {
		return all[n]
	}
	unknown := all[0]
	unknown.Name = name
	return unknown
}

// IsMembership reports whether each row of the command is a user in a group.
func (c Command) IsMembership() bool { return c.Done == Added || c.Done == Removed }

// Stored returns the state in which a state is stored for the rows of the command. A request about an existing user
// does not affect the evidence of whether the user exists, except that a delete in doubt may have removed them, so its
// two states without an outcome are stored as other states.
func (c Command) Stored(s State) State {
	removes := c.Already == Absent
	switch {
	case !c.Changes:
		return s
	case s == Sent && removes:
		return Removing
	case s == Sent:
		return Changing
	case s == Unknown && removes:
		return RemovalUnknown
	case s == Unknown:
		return ChangeUnknown
	default:
		return s
	}
}

// Listed returns the counts in a report of the command, in order: all rows, the two states in which they are done,
// then failed, unknown and not tried, and every other state of a row.
func (c Command) Listed(counts Counts) []Count {
	always := []State{c.Done, c.Already, Failed, Unknown, NotTried}
	if c.Also != "" {
		always = slices.Insert(always, 1, c.Also)
	}
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
