package rowstate

import (
	"slices"
	"strings"
)

// State is what became of a row, in the ledger, in reports and in documents.
type State string

// The states of a row.
const (
	// Created: the provider created the user for this row.
	Created State = "created"
	// Existing: the provider had the user already.
	Existing State = "existing"
	// Failed: the operation was certainly not performed for this row.
	Failed State = "failed"
	// Unknown: a request was sent, and it cannot be decided whether it had an effect.
	Unknown State = "unknown"
	// NotTried: the run ended before this row's turn.
	NotTried State = "not_tried"
	// Updated: the provider changed the user.
	Updated State = "updated"
	// Unchanged: the user was as wanted already.
	Unchanged State = "unchanged"
	// Deleted: the provider removed the user.
	Deleted State = "deleted"
	// Absent: there is no such user. The row is of a delete, or it was in doubt and it
	// was settled that the user was never created.
	Absent State = "absent"
	// Deactivated: the provider took the user's access away.
	Deactivated State = "deactivated"
	// InProgress: the run is in progress, and the row has no outcome yet.
	InProgress State = "in_progress"
	// Gone: earlier runs created or found the user, and it was proved for this row that
	// the provider has no such user any more. Nothing was sent.
	Gone State = "gone"
	// Activated: the provider gave the user's access back.
	Activated State = "activated"
	// Forgotten: the user existed and was deleted at the provider since.
	Forgotten State = "forgotten"
	// Sent: the intent is durable and no outcome is. After a crash the row is in doubt.
	Sent State = "sent"
	// Changing is Sent, and Uncertain is Unknown, for a command about users who exist:
	// its rows are no evidence of whether a user exists. No run records them itself (see
	// [State.In]).
	Changing  State = "changing"
	Uncertain State = "uncertain"
)

// Kind is what a state means for a run: its exit status, what the progress bar shows,
// and whether the row must be repeated.
type Kind int

// The kinds.
const (
	// Bad: the row was not done.
	Bad Kind = iota
	// Good: the user is as wanted.
	Good
	// InDoubt: it is unknown whether the user is as wanted.
	InDoubt
	// Open: the row has had no turn, or has no outcome yet.
	Open
)

// place is where a state can be.
type place int

const (
	outcome  place = iota // a run records it, so the ledger has it and reports count it
	stored                // the ledger alone has it: it is counted as another one
	reported              // reports alone have it
)

// meaning is one line of the table of states.
type meaning struct {
	state State
	kind  Kind
	place place
}

// table returns every state in the order of reports. A new state is added at the end:
// programs read the columns of runs by their order.
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
		{Uncertain, InDoubt, stored},
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

// Stored returns every state that the ledger can have, in the order of reports.
func Stored() []State { return statesAt(outcome, stored) }

// Counted returns every state that reports count, in their order.
func Counted() []State { return statesAt(outcome, reported) }

// Shown returns every state in which rows of the ledger are shown, in the order of
// reports.
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

// Kind returns what the state means for a run. An unknown word is Bad.
func (s State) Kind() Kind { return s.meaning().kind }

// Label returns the state in words.
func (s State) Label() string { return strings.ReplaceAll(string(s), "_", " ") }

// IsOutcome reports whether a run may record the state.
func (s State) IsOutcome() bool { return s.meaning().place == outcome }

// Present reports whether the state shows that the user exists at the provider.
func (s State) Present() bool { return s == Created || s == Existing }

// InDoubt reports whether the state leaves open whether the user exists. The state of a
// change never does.
func (s State) InDoubt() bool { return s == Sent || s == Unknown }

// IsSettlement reports whether a row in doubt may be settled as the state.
func (s State) IsSettlement() bool { return s.Present() || s == Absent }

// In returns the state as it is stored for the rows of a command. A request about a user
// who exists leaves no doubt about that: its two states without an outcome are stored
// as others, which are no evidence.
func (s State) In(command string) State {
	switch {
	case !CommandOf(command).Changes:
		return s
	case s == Sent:
		return Changing
	case s == Unknown:
		return Uncertain
	default:
		return s
	}
}

// Shown returns the state as people and programs see it: without an outcome a row is in
// progress while its run lives, and unknown afterwards.
func (s State) Shown(live bool) State {
	switch {
	case live && (s == Sent || s == Changing):
		return InProgress
	case s.Kind() == InDoubt:
		return Unknown
	default:
		return s
	}
}

// Stored returns the states of the rows that are shown as this one; none if no row of a
// run is.
func (s State) Stored(live bool) []State {
	return slices.DeleteFunc(Stored(), func(stored State) bool { return stored.Shown(live) != s })
}
