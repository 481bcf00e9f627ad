package ledger

import (
	"cmp"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// Presence is what is known of a user before they are sent.
type Presence int

// The standings.
const (
	// New: nothing prevents creating the user.
	New Presence = iota
	// Exists: the user exists at the provider.
	Exists
	// Doubtful: an earlier run may have created the user.
	Doubtful
	// Unclear: the provider has a user whose key may be the row's, or several; see [Chooser].
	Unclear
	// ProvedGone: the user exists according to the runs, but has since been confirmed absent at the provider.
	ProvedGone
)

// String returns the name of the standing.
func (s Presence) String() string {
	switch s {
	case Exists:
		return "existing"
	case Doubtful:
		return "in doubt"
	case Unclear:
		return "unclear"
	case ProvedGone:
		return "gone"
	default:
		return "new"
	}
}

// Finding is what is known of a user, and from which row. Created rows take precedence over existing ones, and
// these over rows in doubt; see the package comment. Of several, the latest decides, but of rows in doubt the
// earliest, because later runs may not have changed the doubt. The zero Finding is New.
type Finding struct {
	Standing Presence
	// Run, Row and Line identify the deciding row. Run is empty if no run has the user.
	Run       string
	Row, Line int
	// UserID is the provider's id, if known.
	UserID string
	// Listed reports that the provider's list contains the user; see [Plan].
	Listed bool
	// Due reports that the user must be looked up once more.
	Due bool
	// Doubt is why the user is in doubt, Proof how they were found absent before the first request, Sends how
	// often they were sent, First when, and Word whether the administrator has since settled them as absent.
	Doubt string
	Proof int
	Sends int
	First time.Time
	Word  bool
}

// Evidence is a row that shows that a user exists or may exist.
type Evidence struct {
	// Run is the number of the row's run (see [PastRun]), Row the number of the row and Line its place in the
	// file.
	Run       int64
	Row, Line int
	// State, UserID, Doubt, Proof and Sends are those of the row, and Word and Due as in [Entry].
	State     rowstate.State
	UserID    string
	Doubt     string
	Proof     int
	Sends     int
	Word, Due bool
	// Started is when the row was first sent; zero for never.
	Started time.Time
}

// weight returns the rank of evidence about one user, by its state.
func (e Evidence) weight() int {
	switch {
	case e.State == rowstate.Created:
		return 4
	case e.State == rowstate.Existing:
		return 3
	case e.State.InDoubt():
		return 2
	case e.Word:
		return 1
	default:
		return 0
	}
}

// outweighs reports whether the evidence takes precedence over other evidence about the user.
func (e Evidence) outweighs(other Evidence) bool {
	if mine, theirs := e.weight(), other.weight(); mine != theirs {
		return mine > theirs
	}
	isLater := e.Run > other.Run || e.Run == other.Run && e.Row > other.Row
	return isLater != e.State.InDoubt()
}

// Joined returns the deciding one of two pieces of evidence about a user, combined with the due flag and the
// number of sends of both, and with the stricter doubt.
func (e Evidence) Joined(other Evidence) Evidence {
	decisive, lesser := e, other
	if !e.outweighs(other) {
		decisive, lesser = other, e
	}
	decisive.Due = decisive.Due || lesser.Due
	if decisive.State.InDoubt() && lesser.State.InDoubt() {
		decisive.Sends = max(decisive.Sends, lesser.Sends)
		decisive.Doubt = stricter(decisive.Doubt, lesser.Doubt)
	}
	return decisive
}

// The doubts, as in [Outcome].
const (
	// DoubtLost: the response was lost, or the program ended before it arrived.
	DoubtLost = "lost"
	// DoubtForeign: another machine may have sent the create, and may still do so if it was paused.
	DoubtForeign = "foreign"
	// DoubtAnswered: the response does not affirm the create, which is never resent.
	DoubtAnswered = "answered"
)

// stricter returns the one of two doubts that allows less.
func stricter(one, other string) string {
	for _, doubt := range []string{DoubtAnswered, DoubtForeign} {
		if one == doubt || other == doubt {
			return doubt
		}
	}
	return one
}

// Finding returns what the evidence shows, without the id of its run.
func (e Evidence) Finding() Finding {
	f := Finding{Standing: e.Presence(), Row: e.Row, Line: e.Line, UserID: e.UserID, Due: e.Due}
	if f.Standing != Doubtful {
		return f
	}
	f.Doubt, f.Proof, f.Sends, f.First = cmp.Or(e.Doubt, DoubtLost), e.Proof, e.Sends, e.Started
	if f.Word = e.Word && !e.State.InDoubt(); f.Word {
		f.Doubt, f.Sends = DoubtLost, 0 // settled as absent, so the row may be sent again
	}
	return f
}

// Presence returns what the evidence shows about the user.
func (e Evidence) Presence() Presence {
	switch {
	case e.State.Present():
		return Exists
	case e.State.InDoubt(), e.Word:
		return Doubtful
	default:
		return New
	}
}
