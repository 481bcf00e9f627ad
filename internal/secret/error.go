package secret

import (
	"fmt"
	"strings"

	"github.com/bring-aboard/usher/internal/leak"
)

// Kind is the way in which a secret could not be read or stored.
type Kind int

// The kinds of failure.
const (
	// Missing: the variable, file, keyring entry or command does not exist.
	Missing Kind = iota + 1
	// Unreadable: it exists but cannot be read.
	Unreadable
	// Empty: it contains nothing.
	Empty
	// TooLong: it is too large to be a secret, or for the keyring.
	TooLong
	// NoKeyring: no keyring can be reached on this machine.
	NoKeyring
	// Failed: the command ended with an error.
	Failed
	// TimedOut: the command did not end in time.
	TimedOut
	// Interrupted: the context was cancelled.
	Interrupted
)

// Error is the reason why a secret could not be fetched, stored or deleted.
type Error struct {
	Reference Reference
	Kind      Kind
	// Problem is a phrase that never contains the secret.
	Problem string
	// Hint is what to do; it may be empty.
	Hint string
	// Err is the cause, for errors.Is. Its text is not part of the message.
	Err error
}

// Error returns the reference, the problem and the hint, without what looks like
// a secret.
func (e *Error) Error() string {
	text := strings.TrimSuffix(e.Reference.String(), ":") + ": " + e.Problem // "keyring:" has the colon already
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return leak.Mask(text)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// storeCommand returns the command that stores the secret of a keyring account,
// and "" for an account that is not of the form "profile/setting".
func storeCommand(account string) string {
	profile, setting, ok := strings.Cut(account, "/")
	if !ok || profile == "" || setting == "" {
		return ""
	}
	return fmt.Sprintf("usher profiles edit %s --%s-stdin", profile, setting)
}
