package evidence

import (
	"time"

	"github.com/bring-aboard/usher/pkg/provider"
)

// The limits of a second request.
const (
	// MostSends is how often one row is sent at most.
	MostSends = 3
	// LooksBeforeResend is how many lookups in a row, each over a new connection,
	// must prove absence.
	LooksBeforeResend = 3
	// LookAge is how old the last of them may be when the request leaves.
	LookAge = 10 * time.Second
	// MostControls is the maximum number of later created users that are looked up.
	MostControls = 3

	// DefaultSettleAfter is the time after which a request that was given up has
	// taken effect, and can be found, or never will be.
	DefaultSettleAfter = 60 * time.Second
	// EnforcedSettleAfter is that time if the provider itself refuses a second user with the same key during the write.
	EnforcedSettleAfter = 5 * time.Second
	// Never is the time of an administrator who allows no second request.
	Never time.Duration = -1
)

// SettleAfter returns the time after which doubts may be settled if nothing sets it.
func SettleAfter(unique provider.Uniqueness) time.Duration {
	if unique == provider.UniqueEnforced {
		return EnforcedSettleAfter
	}
	return DefaultSettleAfter
}

// Control is the result of lookups of users who were created later.
type Control int

// The controls.
const (
	// NoControl: this run has created no user since.
	NoControl Control = iota
	// Visible: one of them was found by the same route.
	Visible
	// Invisible: none of them was found, so that the route lags.
	Invisible
)

// Case is everything that decides whether a create in doubt is sent again. Times
// are by a monotonic clock.
type Case struct {
	// Doubt is why the row is in doubt.
	Doubt Doubt
	// Sends is how often the row was sent, by this run and those before it.
	Sends int
	// Since is how long ago the last request for this user ended. Of a doubt that an
	// earlier process left it counts from the start of this one.
	Since time.Duration
	// SettleAfter is the time that must have passed; negative for [Never].
	SettleAfter time.Duration
	// Unique is what the provider documents about two users with one key.
	Unique provider.Uniqueness
	// Lookup reports that the provider documents a lookup.
	Lookup bool
	// Asked is how long ago the last lookup was sent that proved absence; negative
	// for none.
	Asked time.Duration
	// Control is the result for users who were created later.
	Control Control
	// Word reports that the administrator has settled the user as absent.
	Word bool
}

// Step is what follows for a create in doubt.
type Step int

// The steps.
const (
	// Wait: too little time has passed.
	Wait Step = iota
	// Look: the user must be looked up before anything can be decided.
	Look
	// Resend: the create may be sent again now.
	Resend
	// Leave: the row stays unknown.
	Leave
)

// IsClosed reports whether nothing that is learned of the user leads to a second request.
func (c Case) IsClosed() bool {
	switch {
	case c.Sends >= MostSends, c.SettleAfter < 0:
		return true
	case c.Doubt == ForeignDoubt:
		return c.Unique == provider.UniqueUnknown
	default:
		return c.Doubt != LostDoubt
	}
}

// Next returns what follows for a create in doubt.
func (c Case) Next() Step {
	switch {
	case c.IsClosed():
		return Leave
	case c.Control == Invisible && !c.Word:
		return Leave
	case !c.Lookup && c.Unique != provider.UniqueEnforced && !c.Word:
		return Leave
	case c.Since < c.SettleAfter:
		return Wait
	case !c.Lookup:
		return Resend
	case c.Asked < 0 || c.Asked > LookAge || c.Asked > c.Since-c.SettleAfter:
		return Look
	default:
		return Resend
	}
}

// Owner is who created a user that was found after a doubt.
type Owner int

// The owners.
const (
	// Ours: a request of the row created the user.
	Ours Owner = iota
	// Theirs: the user may have existed before the first request.
	Theirs
)

// clockStep is how coarse a creation time may be.
const clockStep = time.Second

// OwnerOf returns who created a user. Proved reports that absence was proved before the first request of the row, which
// left at the time sent; created is the documented creation time, zero if there is none.
func OwnerOf(proved bool, sent, created time.Time) Owner {
	if !proved || !created.IsZero() && !sent.IsZero() && created.Before(sent.Add(-clockStep)) {
		return Theirs
	}
	return Ours
}
