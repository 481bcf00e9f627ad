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
	// KeyCaseIgnored: such keys identify the same user.
	KeyCaseIgnored
	// KeyCaseExact: such keys identify different users.
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

// SameKey returns an error if a response describes another user than the one with this key. A key that is the same only
// by [schema.KeyForm] is accepted: whether it identifies the same user depends on more than the response.
func SameKey(user User, key string) error {
	if schema.CompareKeys(user.Key, key) == schema.KeyDifferent {
		return ErrAnotherUser
	}
	return nil
}

// ErrAnotherUser is the cause of an error of class Unknown: the response describes another user than the requested one.
var ErrAnotherUser = errors.New("response is for another user")
