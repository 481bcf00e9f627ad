package intake

import (
	"errors"

	"github.com/bring-aboard/usher/internal/engine"
	"github.com/bring-aboard/usher/internal/evidence"
	"github.com/bring-aboard/usher/internal/ledger"
	"github.com/bring-aboard/usher/pkg/provider"
	"github.com/bring-aboard/usher/pkg/schema"
)

// SameUser returns a check that a user who was looked up by the natural key is certainly the user of an item, for
// [engine.Options].
func SameUser(adapter provider.Adapter) func(engine.Item, provider.User) error {
	wanted := evidence.WantedOf(adapter)
	return func(item engine.Item, user provider.User) error {
		if _, identity := wanted.Select(evidence.MemberOf(item.Key, user.Key, user.ID)); identity != evidence.TheUser {
			return NotCertain(user)
		}
		return nil
	}
}

// NotStored returns a comparison of an item with its user as the provider returned them, for [engine.Options].
func NotStored(adapter provider.Adapter) func(engine.Item, provider.User) []string {
	return func(item engine.Item, user provider.User) []string {
		return evidence.NamesOf(evidence.NotStored(adapter, item.Record, user))
	}
}

// NotCertain returns the error of a user whose key equals the wanted one only by [schema.KeyForm], if that is not
// enough.
func NotCertain(user provider.User) error {
	return &provider.Error{Class: provider.Unknown, Op: "look the user up",
		Err: provider.Quotef("the provider has a user whose key differs in case or composition: %s (id %s)", user.Key, user.ID)}
}

// errUnclear is the error of a row whose user may exist under another key.
var errUnclear = errors.New("the key of a user at the provider differs only in case or composition, or several users match; nothing was sent")

// errGone is the error of a row whose user is confirmed absent.
var errGone = &provider.Error{Class: provider.NotFound, Op: "find the user", Err: errors.New("in the ledger, but confirmed absent at the provider; nothing was sent")}

// choose is the [ledger.Chooser] of the import.
func (i *Import) choose(ledgerID string, listed []ledger.Listed) (string, bool) {
	members := make([]evidence.Member, len(listed))
	for n, user := range listed {
		members[n] = evidence.Member{ID: user.UserID, Match: schema.KeySimilar}
		if user.Equal {
			members[n].Match = schema.KeyEqual
		}
	}
	user, identity := evidence.WantedOf(i.Adapter).WithLedgerID(ledgerID).Select(members...)
	return user.ID, identity == evidence.TheUser
}
