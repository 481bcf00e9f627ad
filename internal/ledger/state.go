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
	// Absent: the row was in doubt, and it was settled that the user was never made.
	Absent State = "absent"
	// Forgotten: the user existed and was deleted at the provider since.
	Forgotten State = "forgotten"
)

// States lists every state in the order of reports.
func States() []State {
	return []State{Created, Existing, Failed, Unknown, Sent, Absent, Forgotten}
}

// Present tells whether the state says that the user exists at the provider.
func (s State) Present() bool { return s == Created || s == Existing }

// InDoubt tells whether the state leaves open that the user exists.
func (s State) InDoubt() bool { return s == Sent || s == Unknown }

// isOutcome tells whether a run may record the state.
func (s State) isOutcome() bool { return s.Present() || s == Failed || s == Unknown }

// isSettlement tells whether a row in doubt may be settled as the state.
func (s State) isSettlement() bool { return s.Present() || s == Absent }

// The words of the two kinds of evidence as SQL lists. The partial index over
// rows in doubt serves only queries that spell its condition the same way.
const (
	sqlPresent = "('created', 'existing')"
	sqlInDoubt = "('sent', 'unknown')"
)
