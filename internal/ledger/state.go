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
)

// The states of a row of an update. They say nothing of whether the person
// exists, so none of them is evidence for a create.
const (
	// Changing: it is durable that a change is about to be sent, and no outcome is.
	Changing State = "changing"
	// Updated: the provider changed the user.
	Updated State = "updated"
	// Unchanged: the user was as the row says already.
	Unchanged State = "unchanged"
	// Uncertain: a change was sent, and whether it was made cannot be told.
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
		Created, Existing, Failed, Unknown, Sent, Absent, Forgotten, Updated, Unchanged, Uncertain, Changing, Deleted, Deactivated,
	}
}

// Present tells whether the state says that the user exists at the provider.
func (s State) Present() bool { return s == Created || s == Existing }

// InDoubt tells whether the state leaves open that the user exists.
func (s State) InDoubt() bool { return s == Sent || s == Unknown }

// isOutcome tells whether a run may record the state.
func (s State) isOutcome() bool {
	return s.Present() || s == Failed || s == Unknown || s.ofUpdate() || s.ofRemoval()
}

// ofRemoval tells whether the rows of a removal may be in the state, and those
// of an update may not.
func (s State) ofRemoval() bool { return s == Deleted || s == Deactivated || s == Absent }

// ofUpdate tells whether the state is one of updates alone.
func (s State) ofUpdate() bool {
	return s == Changing || s == Updated || s == Unchanged || s == Uncertain
}

// isSettlement tells whether a row in doubt may be settled as the state.
func (s State) isSettlement() bool { return s.Present() || s == Absent }

// The words of the two kinds of evidence as SQL lists. The partial index over
// rows in doubt serves only queries that spell its condition the same way.
const (
	sqlPresent = "('created', 'existing')"
	sqlInDoubt = "('sent', 'unknown')"
	// sqlOfPerson says of which person a row is, by the digest that is the second parameter.
	sqlOfPerson = "(run, row) IN (SELECT run, row FROM digests WHERE digest = ?2)"
	// sqlIntended are the states of rows that are about to be sent.
	sqlIntended = "('sent', 'changing')"
)
