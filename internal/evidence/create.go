package evidence

import "github.com/bring-aboard/usher/pkg/provider"

// Reply is what the response to a create, or its absence, proves.
type Reply int

// The replies.
const (
	// Affirmed: the user was created. The create is never sent again.
	Affirmed Reply = iota
	// Refused: the user was certainly not created.
	Refused
	// Taken: a user with a value that must be unique exists. It may be this one.
	Taken
	// NotProcessed: the provider asked to retry later, and did nothing.
	NotProcessed
	// NotSent: not a byte of the request was written.
	NotSent
	// Lost: the create may have happened; nothing affirms or refuses it.
	Lost
	// Answered: the provider returned a good status that affirms nothing. The create is never sent again, and only the
	// administrator ends the doubt.
	Answered
)

// ReplyOf returns what the error of a create proves.
func ReplyOf(err error) Reply {
	switch {
	case err == nil:
		return Affirmed
	case provider.IsAnswered(err):
		return Answered
	}
	switch provider.ClassOf(err) {
	case provider.Invalid, provider.Denied, provider.NotFound:
		return Refused
	case provider.Conflict:
		return Taken
	case provider.Busy:
		return NotProcessed
	case provider.Unsent:
		return NotSent
	default:
		return Lost
	}
}

// Doubt is why it is unknown whether a row created its user.
type Doubt string

// The doubts, as the ledger stores them.
const (
	// NoDoubt: no request of this row can have created the user unnoticed.
	NoDoubt Doubt = ""
	// LostDoubt: the response to a request was lost, or the program ended before it came. It may lead to a second request.
	LostDoubt Doubt = "lost"
	// ForeignDoubt: another machine sent the create, or may still send it if it was paused. It leads to a second request only
	// if the provider documents that it refuses a second user.
	ForeignDoubt Doubt = "foreign"
	// AnsweredDoubt: a request got a response that affirms nothing (see [Answered]).
	AnsweredDoubt Doubt = "answered"
)

// After returns the doubt about a row after another reply.
func (d Doubt) After(reply Reply) Doubt {
	switch {
	case reply == Answered || d == AnsweredDoubt:
		return AnsweredDoubt
	case reply == Lost && d != ForeignDoubt:
		return LostDoubt
	default:
		return d
	}
}

// Conflict is what a refusal for a taken value means for a row.
type Conflict int

// The outcomes.
const (
	// IsUser: the user of this row exists.
	IsUser Conflict = iota
	// IsOther: another user has one of the row's unique values, and no request of
	// this row is in doubt.
	IsOther
	// IsUnknown: whether the row's user exists cannot be decided.
	IsUnknown
)

// AfterConflict returns what a refusal for a taken value means. The lookup is the error of the lookup that followed it,
// nil if it found the user; looked is false if the provider documents no lookup. onlyKey reports that the key is the
// only documented unique value.
func AfterConflict(doubt Doubt, looked bool, lookup error, onlyKey bool) Conflict {
	switch {
	case !looked && onlyKey, looked && lookup == nil:
		return IsUser
	case !looked, doubt != NoDoubt:
		return IsUnknown
	default: // the create was refused, and no earlier one can have happened
		return IsOther
	}
}
