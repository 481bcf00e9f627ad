package provider

import (
	"errors"

	"github.com/bring-aboard/usher/pkg/schema"
)

// KeyCase is what a provider documents of natural keys that differ only in case.
type KeyCase int

// The ways in which providers compare keys.
const (
	// KeyCaseUnknown: nothing is documented.
	KeyCaseUnknown KeyCase = iota
	// KeyCaseIgnored: such keys name the same user.
	KeyCaseIgnored
	// KeyCaseExact: such keys name different users.
	KeyCaseExact
)

// String returns the phrase of reference pages.
func (c KeyCase) String() string {
	switch c {
	case KeyCaseIgnored:
		return "ignored"
	case KeyCaseExact:
		return "significant"
	default:
		return "not documented"
	}
}

// SameKey returns an error if an answer describes another user than the one with
// this key. A key that is the same only by [schema.KeyForm] is accepted: whether it
// names the same user depends on more than the answer.
func SameKey(user User, key string) error {
	if schema.CompareKeys(user.Key, key) == schema.KeyDifferent {
		return ErrAnotherUser
	}
	return nil
}

// ErrAnotherUser is the cause of an error of class Unknown: the answer describes
// another user than the one who was asked for.
var ErrAnotherUser = errors.New("it describes another user")
