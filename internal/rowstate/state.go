package rowstate

import (
	"slices"
	"strings"
)

// State is the result of a row, in the ledger, in reports and in documents.
type State string

// The states of a row.
const (
	// Created: the provider created the user for this row.
	Created State = "created"
	// Existing: the user already existed.
	Existing State = "existing"
	// Failed: the operation was certainly not performed for this row.
	Failed State = "failed"
	// Unknown: a request was sent, and it could not be settled whether it had an effect.
	Unknown State = "unknown"
	// NotTried: the run ended before this row was sent.
	NotTried State = "not_tried"
	// Updated: the provider changed the user.
	Updated State = "updated"
	// Unchanged: the user was already up to date.
	Unchanged State = "unchanged"
	// Deleted: the provider deleted the user.
	Deleted State = "deleted"
	// Absent: the user who was to be deleted does not exist.
	Absent State = "absent"
	// Deactivated: the provider removed the user's access.
	Deactivated State = "deactivated"
	// InProgress: the run is in progress, and the row has no outcome yet.
	InProgress State = "in_progress"
	// Gone: earlier runs created or found the user, who is now confirmed absent. Nothing was sent.
	Gone State = "gone"
	// Activated: the provider restored the user's access.
	Activated State = "activated"
	// Forgotten: the user existed and has since been deleted at the provider.
	Forgotten State = "forgotten"
	// Sent: the intent is durable, and there is no outcome. After a crash the row is in doubt.
	Sent State = "sent"
	// Changing is Sent, and ChangeUnknown is Unknown, for an operation on an existing user. Its rows are no evidence
	// of whether the user exists. Removing and RemovalUnknown are the same for a delete, which may have removed the
	// user. They are stored by [Command.Stored] only.
	Changing       State = "changing"
	ChangeUnknown  State = "change_unknown"
	Removing       State = "removing"
	RemovalUnknown State = "removal_unknown"
	// Added: the provider added the user to the row's group, and Removed: removed them from it.
	Added   State = "added"
	Removed State = "removed"
	// Revoked: the provider ended all sessions of the user.
	Revoked State = "revoked"
	// Issued: the provider issued a recovery code for the user.
	Issued State = "issued"
	// NotCreated: the row of a create was in doubt, and was settled as never created.
	NotCreated State = "not_created"
)

// Kind is what a state means for a run: its exit status, the progress bar, and whether the row must be repeated.
type Kind int

// The kinds.
const (
	// Bad: the row was not done.
	Bad Kind = iota
	// Good: the user is as wanted.
	Good
	// InDoubt: it is unknown whether the user is as wanted.
	InDoubt
	// Open: the row was not sent yet, or has no outcome yet.
	Open
)

// place is where a state occurs.
type place int

const (
	outcome  place = iota // recorded by runs, so in the ledger and counted in reports
	stored                // in the ledger only: counted as another state
	reported              // in reports only
)

// meaning is one line of the table of states.
type meaning struct {
	state State
	kind  Kind
	place place
}

// table returns every state in the order of reports. New states are added at the end, because programs read the
// columns of runs by their order.
func table() []meaning {
	return []meaning{
		{Created, Good, outcome},
		{Existing, Good, outcome},
		{Failed, Bad, outcome},
		{Unknown, InDoubt, outcome},
		{NotTried, Open, reported},
		{Updated, Good, outcome},
		{Unchanged, Good, outcome},
		{Deleted, Good, outcome},
		{Absent, Good, outcome},
		{Deactivated, Good, outcome},
		{InProgress, Open, reported},
		{Gone, Bad, outcome},
		{Activated, Good, outcome},
		{Forgotten, Bad, stored},
		{Sent, InDoubt, stored},
		{Changing, InDoubt, stored},
		{ChangeUnknown, InDoubt, stored},
		{Removing, InDoubt, stored},
		{RemovalUnknown, InDoubt, stored},
		{NotCreated, Bad, stored},
		{Added, Good, outcome},
		{Removed, Good, outcome},
		{Revoked, Good, outcome},
		{Issued, Good, outcome},
	}
}

// statesAt returns the states of the places, in the order of reports.
func statesAt(places ...place) []State {
	var states []State
	for _, m := range table() {
		if slices.Contains(places, m.place) {
			states = append(states, m.state)
		}
	}
	return states
}

// Stored returns every state that the ledger can contain, in the order of reports.
func Stored() []State { return statesAt(outcome, stored) }

// Counted returns every state that reports count, in their order.
func Counted() []State { return statesAt(outcome, reported) }

// Shown returns every state in which rows of the ledger are shown, in the order of reports.
func Shown() []State {
	return slices.DeleteFunc(statesAt(outcome, stored, reported), func(s State) bool {
		return len(s.Stored(false))+len(s.Stored(true)) == 0
	})
}

func (s State) meaning() meaning {
	for _, m := range table() {
		if m.state == s {
			return m
		}
	}
	return meaning{s, Bad, stored}
}

// Kind returns what the state means for a run. An unknown state is Bad.
func (s State) Kind() Kind { return s.meaning().kind }

// Label returns the state for people.
func (s State) Label() string { return strings.ReplaceAll(string(s), "_", " ") }

// IsOutcome reports whether a run may record the state.
func (s State) IsOutcome() bool { return s.meaning().place == outcome }

// Present reports whether the state shows that the user exists at the provider.
func (s State) Present() bool { return s == Created || s == Existing }

// InDoubt reports whether it is unknown in this state whether the user exists. It is false for the state of an
// update.
func (s State) InDoubt() bool { return s == Sent || s == Unknown }

// IsSettlement reports whether a row in doubt may be settled as the state.
func (s State) IsSettlement() bool { return s.Present() || s == NotCreated }

// Shown returns the state for people and programs: a row without an outcome is in progress while its run is, and
// unknown afterwards.
func (s State) Shown(live bool) State {
	switch {
	case live && (s == Sent || s == Changing || s == Removing):
		return InProgress
	case s.Kind() == InDoubt:
		return Unknown
	default:
		return s
	}
}

// Reported returns the state in reports of a row with this state in the ledger. A user who was forgotten, or settled as
// never created, is a failure.
func (s State) Reported(live bool) State {
	switch shown := s.Shown(live); shown {
	case Forgotten, NotCreated:
		return Failed
	default:
		return shown
	}
}

// Stored returns the stored states that are shown as this one; none if no row of a run is.
func (s State) Stored(live bool) []State {
	return slices.DeleteFunc(Stored(), func(stored State) bool { return stored.Shown(live) != s })
}
