// Package evidence implements the rules for what is known of a user.
package evidence

import (
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// Wanted is what is known of a user who is looked for by the natural key.
type Wanted struct {
	// IsEmail reports whether the key is an email address.
	IsEmail bool
	// Case is what the provider documents of keys that differ only in case.
	Case provider.KeyCase
	// LedgerID is the provider's id that the ledger has with this key, empty for none.
	LedgerID string
}

// WantedOf returns what is known of every user of a provider.
func WantedOf(adapter provider.Adapter) Wanted {
	key, _ := adapter.Table.Field(adapter.Key)
	return Wanted{IsEmail: key.Format == schema.Email, Case: adapter.KeyCase}
}

// WithLedgerID returns the same with the id that the ledger has.
func (w Wanted) WithLedgerID(id string) Wanted {
	w.LedgerID = id
	return w
}

// Member is a user that the provider returned.
type Member struct {
	ID string
	// Match is how the user's key compares with the wanted one.
	Match schema.KeyMatch
}

// MemberOf returns a member, whose key is compared with the wanted one.
func MemberOf(wanted, key, id string) Member {
	return Member{ID: id, Match: schema.CompareKeys(wanted, key)}
}

// Identity is whether one of the members is the wanted user.
type Identity int

// The results of [Wanted.Select].
const (
	// Nobody: no member has the key.
	Nobody Identity = iota
	// TheUser: one member certainly is the user.
	TheUser
	// NotCertain: one member has the key only by [schema.KeyForm], and nothing proves that this is the user. A create
	// is then unknown, and a change is not made.
	NotCertain
	// Several: several members have the key. This is a conflict.
	Several
)

// Select returns the wanted user among the members, and how certain that is. A member whose key is equal byte for byte
// takes precedence over those whose key is the same only by [schema.KeyForm]. Of these, the only one is the user if the
// key is an email and the provider is not known to compare exactly, if the provider documents that it ignores case, or
// if the ledger has this id. A member that is returned twice counts once. The member is the user for TheUser, and the
// one in question for NotCertain.
func (w Wanted) Select(members ...Member) (Member, Identity) {
	for _, match := range []schema.KeyMatch{schema.KeyEqual, schema.KeySimilar} {
		found, several := w.only(match, members)
		switch {
		case several:
			return Member{}, Several
		case found == nil:
		case match == schema.KeyEqual || w.takesSimilar(found.ID):
			return *found, TheUser
		default:
			return *found, NotCertain
		}
	}
	return Member{}, Nobody
}

// only returns the one member whose key compares like this, nil for none; several
// reports that members with different ids do.
func (w Wanted) only(match schema.KeyMatch, members []Member) (found *Member, several bool) {
	for i := range members {
		if members[i].Match != match {
			continue
		}
		if found != nil && found.ID != members[i].ID {
			return nil, true
		}
		found = &members[i]
	}
	return found, false
}

// takesSimilar reports whether a user whose key is the same only by [schema.KeyForm] is
// the wanted one.
func (w Wanted) takesSimilar(id string) bool {
	switch {
	case w.LedgerID != "" && w.LedgerID == id, w.Case == provider.KeyCaseIgnored:
		return true
	default:
		return w.IsEmail && w.Case != provider.KeyCaseExact
	}
}
