package ledger

import (
	"cmp"
	"time"

	"github.com/bring-aboard/usher/internal/rowstate"
)

// Presence is what is known of a person before they are sent.
type Presence int

// The standings.
const (
	// New: nothing is known against creating the person.
	New Presence = iota
	// Exists: the person exists at the provider.
	Exists
	// Doubtful: an earlier run may have created the person.
	Doubtful
	// Unclear: the provider has a user with a key that may name the person, or
	// several; see [Chooser].
	Unclear
	// ProvedGone: the runs say that the person exists, and it is proved since that the
	// provider has no such user.
	ProvedGone
)

// String returns the standing's word.
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

// Finding is what is known of a person, and from which row. Created rows
// decide before existing ones, these before rows in doubt; the package comment
// says why. Of several, the latest decides, and of rows in doubt the earliest:
// later runs may have left the doubt as it was. The zero Finding is New.
type Finding struct {
	Standing Presence
	// Run, Row and Line name the row that decides; Run is empty where no run knows the person.
	Run       string
	Row, Line int
	// UserID is the provider's id, where it is known.
	UserID string
	// Listed says that the provider's own list has the person; see [Plan].
	Listed bool
	// Due says that the user must be looked up once more.
	Due bool
	// Doubt is why the person is in doubt, Proof how they were found absent before
	// the first request, Sends how often they were sent, First when, and Word whether
	// the administrator has said since that they are absent.
	Doubt string
	Proof int
	Sends int
	First time.Time
	Word  bool
}

// Evidence is a row that says that a person exists or may exist.
type Evidence struct {
	// Run is the number of the row's run (see [PastRun]), Row the number of the row and
	// Line its place in the file.
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

// weight ranks evidence of one person by its state.
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

// outweighs reports whether the evidence decides against other evidence of the person.
func (e Evidence) outweighs(other Evidence) bool {
	if mine, theirs := e.weight(), other.weight(); mine != theirs {
		return mine > theirs
	}
	isLater := e.Run > other.Run || e.Run == other.Run && e.Row > other.Row
	return isLater != e.State.InDoubt()
}

// Joined returns the decisive one of two pieces of evidence of a person, with
// what both say: that they are due, how often they were sent, and the doubt that
// allows less.
func (e Evidence) Joined(other Evidence) Evidence {
	decisive, lesser := e, other
	if !e.outweighs(other) {
		decisive, lesser = other, e
	}
	decisive.Due = decisive.Due || lesser.Due
	if decisive.State.InDoubt() && lesser.State.InDoubt() {
		decisive.Sends = max(decisive.Sends, lesser.Sends)
		if lesser.Doubt == DoubtAnswered {
			decisive.Doubt = DoubtAnswered
		}
	}
	return decisive
}

// The doubts, as [Outcome] has them.
const (
	// DoubtLost: the response was lost, or the program ended before it came.
	DoubtLost = "lost"
	// DoubtAnswered: the response affirms nothing, so that the create is never sent again.
	DoubtAnswered = "answered"
)

// Finding returns what the evidence says, but for the name of its run.
func (e Evidence) Finding() Finding {
	f := Finding{Standing: e.Presence(), Row: e.Row, Line: e.Line, UserID: e.UserID, Due: e.Due}
	if f.Standing != Doubtful {
		return f
	}
	f.Doubt, f.Proof, f.Sends, f.First = cmp.Or(e.Doubt, DoubtLost), e.Proof, e.Sends, e.Started
	if f.Word = e.Word && !e.State.InDoubt(); f.Word {
		f.Doubt, f.Sends = DoubtLost, 0 // the word opens the row again
	}
	return f
}

// Presence returns what the evidence says of the person.
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
