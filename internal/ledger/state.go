package ledger

// State is what became of a row.
type State string

// The states of a row.
const (
	// Sent: the intent is durable and no outcome is. After a crash the row is in doubt.
	Sent State = "sent"
	// Created: the provider made the user for this row.
	Created State = "created"
	// Existing: the provider had the user already.
	Existing State = "existing"
	// Failed: the user was certainly not made for this row.
	Failed State = "failed"
	// Unknown: the create was sent, and whether it made the user cannot be told.
	Unknown State = "unknown"
	// Absent: the user is not there. The row was in doubt, and it was settled that
	// the user was never made; or the row of a delete found nobody.
	Absent State = "absent"
	// Forgotten: the user existed and was deleted at the provider since.
	Forgotten State = "forgotten"
	// Gone: earlier runs say that the user exists, and it was proved for this row that
	// the provider has no such user. Nothing was sent.
	Gone State = "gone"
)

// The states of a row of an update. They say nothing of whether the person
// exists, so none of them is evidence for a create.
const (
	// Changing: as Sent, of a change. No run records it itself (see [State.In]).
	Changing State = "changing"
	// Updated: the provider changed the user.
	Updated State = "updated"
	// Unchanged: the user was as the row says already.
	Unchanged State = "unchanged"
	// Uncertain: as Unknown, of a change. No run records it itself either.
	Uncertain State = "uncertain"
)

// The states of a row of a removal, beside Changing, Unchanged, Uncertain and
// Absent. They are no evidence for a create either; what other rows say of a user
// who is deleted is taken back (see [Outcome] Gone).
const (
	// Deleted: the provider removed the user.
	Deleted State = "deleted"
	// Deactivated: the provider took the user's access away.
	Deactivated State = "deactivated"
)

// States lists every state in the order of reports.
func States() []State {
	return []State{
		Created, Existing, Failed, Unknown, Sent, Absent, Forgotten, Gone, Updated, Unchanged, Uncertain, Changing, Deleted, Deactivated,
	}
}

// Present reports whether the state says that the user exists at the provider.
func (s State) Present() bool { return s == Created || s == Existing }

// InDoubt reports whether the state leaves open that the user exists.
func (s State) InDoubt() bool { return s == Sent || s == Unknown }

// IsOutcome reports whether a run may record the state.
func (s State) IsOutcome() bool {
	switch s {
	case Created, Existing, Gone, Updated, Unchanged, Deleted, Deactivated, Absent, Failed, Unknown:
		return true
	default:
		return false
	}
}

// In returns the state as it is stored for the rows of a command. A request of a
// run that changes users leaves no doubt whether a person exists: its two states
// without an outcome have words of their own, which are no evidence.
func (s State) In(command string) State {
	switch command {
	case CommandUpdate, CommandDelete, CommandDeactivate, CommandUndo:
	default:
		return s
	}
	switch s {
	case Sent:
		return Changing
	case Unknown:
		return Uncertain
	default:
		return s
	}
}

// IsSettlement reports whether a row in doubt may be settled as the state.
func (s State) IsSettlement() bool { return s.Present() || s == Absent }
