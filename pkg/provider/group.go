package provider

import (
	"context"
	"iter"
)

// Group is the kind of a group of users in a [Directory]: what the provider calls a group or a team.
const Group = "group"

// Member is a user in a group.
type Member struct {
	// ID is the provider's id of the user.
	ID string
	// Name is what the provider returns beside the id, such as the display name; empty if it returns nothing.
	Name string
}

// MembershipManager reads and changes who is in a group. A client that has it is also a [Directory] of the kind
// [Group]. A group, and a user, is identified by the provider's id.
type MembershipManager interface {
	// Members yields every member of a group, and ends after the first error, as [Lister] does. A group that does not
	// exist is an error of class NotFound. Members that are no users, such as other groups, are left out. It is an error
	// of class Invalid if the provider documents no [CapabilityMembers].
	Members(ctx context.Context, groupID string) iter.Seq2[Member, error]
	// IsMember reports whether a user is in a group. It returns false only if a documented response shows it, and an
	// error of class NotFound if there is no such group.
	IsMember(ctx context.Context, groupID, userID string) (bool, error)
	// AddMember adds a user to a group and changes nothing else. It sends one request that changes something, once. It
	// is safe to repeat it: a user who is already a member is no error. An error of class Unknown leaves open whether
	// the user was added.
	AddMember(ctx context.Context, groupID, userID string) error
	// RemoveMember removes a user from a group, with the same promises: a user who is no member is no error.
	RemoveMember(ctx context.Context, groupID, userID string) error
}

// AfterRefusal returns the result of an addition to a group, or of a removal from it, that the provider has refused: nil
// if the user is a member, or is none, as wanted, because some providers refuse a change that changes nothing. Otherwise
// it returns the refusal. It sends a read unless the error leaves open what happened.
func AfterRefusal(ctx context.Context, manager MembershipManager, groupID, userID string, wanted bool, refusal error) error {
	switch ClassOf(refusal) {
	case Invalid, Conflict, NotFound:
	default:
		return refusal
	}
	if is, err := manager.IsMember(ctx, groupID, userID); err != nil || is != wanted {
		return refusal
	}
	return nil
}
